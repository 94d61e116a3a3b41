import { phraseList as list } from './phrases.ts';

/**
 * What spam is about, in the words it is written in: signs with a name that a person understands. `points`:
 * 70 is nearly proof, 35 a strong hint, 15 counts only together with others; where messages to learn
 * from show a topic, they decide. Syntax of `compilePhrases`. Words that honest
 * customers use of their own trade (SEO, crypto, loans, games) stand at 15 at most.
 */
export interface SpamTopic {
  readonly name: string;
  readonly points: number;
  readonly phrases: readonly string[];
}

export const SPAM_TOPICS: readonly SpamTopic[] = [
  {
    name: 'Sells search rankings',
    points: 70,
    phrases:
      list(`first page of google|page one of google|page 1 of google|top of google|top of the search results|top 10 of google|#1 on google|number one on google|rank .. on google|ranking on google|rank higher|higher ranking|google first page|improve your .. ranking|
improve your seo|boost your seo|seo audit|seo services|seo service|seo package*|seo expert|seo specialist|seo proposal|seo report|our seo|affordable seo|white hat|link building|backlink*|back links|dofollow|do follow link*|guest post*|guest article*|guest blog*|sponsored post*|
sponsored article*|sponsored content|link insertion*|niche edit*|domain authority|paid link*|permanent link|link exchange|exchange links|link placement|link on your site|publish .. article on your|write .. article for your|google maps ranking|not ranking for|search engine rank*|search visibility|
website is not ranking|site is not ranking|organic traffic to your|increase your .. traffic|increase .. traffic to your|drive .. traffic to your|more traffic to your|more visitors to your|targeted traffic|website traffic|buy traffic|real visitors|get found on google|invisible on google|
suchmaschinenoptimierung|auf seite 1|seite eins bei google|erste seite bei google|ersten seite .. google|platz 1 bei google|bei google kaum gefunden|bei google nicht gefunden|google ranking|besser gefunden werden|ihre sichtbarkeit|mehr besucher fur ihre|mehr besucher auf ihre|gastartikel|gastbeitrag*|backlinks kaufen|linkaufbau|linktausch|
referencement naturel|referencement de votre|referencement google|premiere page de google|premiere page google|premieres positions|mieux reference*|votre referencement|article sponsorise|netlinking|visibilite sur google|visibilite de votre site|trafic vers votre site|
posicionamiento web|posicionamiento seo|posicionar su|posicionar tu|primera pagina de google|primeros puestos de google|primeras posiciones|servicios seo|visibilidad en google|trafico a su|trafico a tu|enlaces de calidad|articulo patrocinado|
posizionamento|prima pagina di google|prima pagina su google|in prima pagina|primi risultati|pacchetti seo|servizi seo|visibilita su google|visibilita online del suo|articolo sponsorizzato|guest post sul|
primeira pagina do google|primeiras posicoes|otimizacao de sites|servicos de seo|trafego para o seu|artigo patrocinado|
eerste pagina van google|bovenaan in google|bovenaan google|hoger in google|vindbaarheid|zoekmachineoptimalisatie|linkpartner*|meer bezoekers op|gastblog*|
pozycjonowani*|pierwsza strone google|pierwszej stronie google|top10 google|widocznosc w google|artykul sponsorowany|linki sponsorowane|katalogu firm|
продвижени* сайт*|раскрутк* сайт*|топ 10|seo продвижени*|база форм|рассылк* по формам|обратной связи рассылк*|рассылк* .. сайт*|seo対策|検索上位|上位表示|seo优化|网站优化|关键词排名|تحسين محركات البحث|الصفحة الأولى في جوجل|seo hizmet*|google da ilk sayfa|ilk sirada`),
  },
  {
    name: 'Investment or crypto bait',
    points: 70,
    phrases:
      list(`double your|triple your|guaranteed return*|guaranteed profit*|guaranteed income|risk free profit*|passive income|financial freedom|trading bot|trading robot|trading signals|trading platform .. earn|crypto investment|bitcoin investment|invest in bitcoin|invest in crypto*|
crypto trading|crypto opportunity|mining profit*|forex|binary option*|airdrop|free crypto|free bitcoin|claim your .. bitcoin|claim your .. token*|claim your .. reward|seed phrase|recover .. crypto*|recover lost|crypto recovery|recovery expert|usdt|presale|pre sale token|to the moon|100x|
profit* per day|earn .. per day|earn .. per week|earn .. daily|earn .. from home|make money online|made .. last week with|work from home and|daily profit*|weekly profit*|monthly returns of|roi of|deposit 250|minimum deposit|start with just 250|withdraw your balance|pending .. btc|
passives einkommen|garantierte rendite|geld verdienen|verdienen sie .. pro tag|euro am tag verdienen|schnell reich|bitcoin profit|krypto investment|in bitcoin investieren|
revenu passif|revenus passifs|gagner de l argent|gagnez .. par jour|gagnez .. par mois|investir dans le bitcoin|rendement garanti|liberte financiere|
ingresos pasivos|gana .. al dia|gana dinero|ganar dinero|inversion garantizada|invertir en bitcoin|invierte en cripto*|libertad financiera|rendimiento garantizado|
guadagna .. al giorno|guadagnare da casa|rendita passiva|investire in bitcoin|rendimento garantito|renda extra|ganhe dinheiro|ganhe .. por dia|renda passiva|lucro garantido|investir em bitcoin|
geld verdienen|passief inkomen|verdien .. per dag|gegarandeerd rendement|zarabiaj|zarob*|pasywny dochod|gwarantowany zysk|inwestuj w bitcoin|inwestycj* w kryptowalut*|заработ*|пассивн* доход*|инвестиц* .. доход*|криптовалют* .. доход*|稳赚|被动收入|投资回报|高収入|副業|必ず儲かる|أرباح يومية|ربح المال|استثمار مضمون`),
  },
  {
    name: 'Gambling',
    points: 70,
    phrases:
      list(`free spins|no deposit bonus|casino bonus|online casino|casino online|best casino|jackpot|slot machine*|online slots|best slots|sports betting tips|betting tips|bet now|play now|welcome bonus|deposit bonus|win big|fixed matches|lottery winner|you have won|you won|
freispiele|online casino bonus|bonus ohne einzahlung|spielautomaten|tours gratuits|bonus sans depot|casino en ligne|machines a sous|paris sportifs gagnants|giros gratis|tiradas gratis|bono sin deposito|casino en linea|tragaperras|apuestas deportivas|
giri gratis|bonus senza deposito|casino senza|scommesse vincenti|rodadas gratis|bonus sem deposito|cassino online|apostas esportivas|gratis spins|bonus zonder storting|gokkasten|darmowe spiny|bonus bez depozytu|kasyno online|automaty do gier|казино|ставки на спорт|фриспин*|在线赌场|博彩|赌场|オンラインカジノ|كازينو|bahis sitesi|deneme bonusu`),
  },
  {
    name: 'Pills, adult or dating',
    points: 70,
    phrases:
      list(`viagra|cialis|levitra|kamagra|without prescription|no prescription|ohne rezept|sans ordonnance|sin receta|senza ricetta|sem receita|zonder recept|bez recepty|без рецепта|erectile|male enhancement|penis|weight loss pills|diet pills|lose weight fast|lose .. pounds in|cheap meds|online pharmacy|cbd gummies|keto gummies|testosterone booster|
hot girls|sexy|sex dating|sex chat|nude*|naked|porn*|xxx|escort*|singles in your|lonely women|meet women|meet singles|russian brides|adult dating|onlyfans|webcam girls|saw your profile|your profile and|looking for a serious relationship|know you better|my photos|send you photos|send photos|send my pictures|
abnehmen ohne|potenzmittel|heisse girls|einsame frauen|rencontre coquine|rencontres coquines|perdre du poids|maigrir vite|chicas calientes|adelgaza*|bajar de peso|perdere peso|donne sole|perder peso|emagre*|afvallen zonder|schudn* szybko|seks|секс|знакомств*|виагр*|похуде*|约炮|成人`),
  },
  {
    name: 'Loans or a fortune to share',
    points: 70,
    phrases:
      list(`business loan*|personal loan*|loan offer|offer loans|offer you a loan|unsecured loan*|loan at .. interest|apply for a loan|need a loan|get a loan|instant loan|quick loan|loan of any|working capital|merchant cash advance|no collateral|bad credit|credit repair|funding for your business|business funding|finance your project|fund your project|funding your project|
project funding|investors ready|investor ready|investment funds available|next of kin|inheritance|beneficiary|late client|late husband|deceased client|unclaimed fund*|fund transfer|million dollars|million usd|million euros .. deposit|diplomatic|barrister|sum of .. million|compensation fund|business proposal for you|confidential proposal|mutual benefit|trust fund of|
kredit ohne schufa|sofortkredit|kredit trotz|darlehen von .. bis|kreditangebot|kredit zwischen privat*|erbschaft .. millionen|firmenkredit|pret entre particulier*|offre de pret|offres de pret|pret d argent|credit rapide|credit entre particuliers|financement de vos projets|heritage .. millions|
prestamo* entre particulares|oferta de prestamo|prestamos personales|prestamo rapido|prestamos rapidos|credito rapido|herencia|financiacion para su empresa|prestito tra privati|prestiti tra privati|offerta di prestito|prestito veloce|eredita .. milioni|emprestimo|emprestimos|credito facil|heranca|
lening zonder|zakelijke lening|snel geld lenen|lening aanbieden|erfenis .. miljoen|pozyczk* .. bez|pozyczk* dla firm|kredyt bez bik|szybka pozyczka|spadek .. milion*|кредит без|займ*|наследств*|贷款|融資のご案内|قرض بدون|قروض سريعة`),
  },
  {
    name: 'Followers, reviews, lists or mass mail',
    points: 70,
    phrases:
      list(`list of companies|list of businesses|list of contacts|companies using|buy followers|real followers|instagram followers|tiktok followers|youtube views|more followers|followers for|grow your instagram|grow your .. followers|google reviews|star reviews|5 star|positive reviews for|trustpilot reviews|buy reviews|remove negative reviews|
email list*|mailing list of|contact list*|leads list*|list of .. decision makers|database of|b2b database|b2b leads|b2b data|verified emails|verified contacts|verified leads|qualified leads|exclusive leads|lead generation service*|lead gen service*|generate more leads|generate leads for you|generate .. leads for your|appointment setting|appointments for your|book .. meetings for you|cold email*|
attendee list|attendees list|technology users list|target geography|million websites|contact forms|contact form* .. advertis*|form submission*|reach millions|bulk sms|bulk email*|email blast|mass mailing|telemarketing|
follower kaufen|echte follower|bewertungen kaufen|google bewertungen|adressdaten|firmenadressen|mehr leads|qualifizierte leads|neukunden fur ihr*|neukundengewinnung|acheter des abonnes|abonnes instagram|vrais abonnes|avis google|fichier* .. entreprises|fichier prospects|base de donnees .. entreprises|
seguidores reales|comprar seguidores|compra seguidores|seguidores para|resenas de google|resenas positivas|base de datos de empresas|bases de datos|follower reali|compra follower|comprare follower|recensioni google|recensioni positive|lista contatti|database aziende|seguidores reais|comprar seguidores|avaliacoes no google|lista de emails|
volgers kopen|echte volgers|google recensies|adressenbestand|bedrijvenbestand|kupic obserwujacych|obserwujacych na|opinie google|baz* firm|baza mailingowa|подписчик*|накрутк*|отзыв* купить|база email|粉丝|刷单|フォロワー|متابعين`),
  },
  {
    name: 'Threat or phishing',
    points: 70,
    phrases:
      list(`your mailbox|mailbox storage|mailbox quota|mailbox is full|verify your account|confirm your password|confirm your account|your account will be|account has been suspended|account will be suspended|account suspended|account deactivated|unusual sign in|update your payment details|click the link below to|click here to verify|
domain name registration|domain registration|domain expir*|your domain .. expire*|renew your domain|final notice|last notice|search engine listing|trademark .. register*|publication of your|your trademark|remit to|copyright infringement|copyrighted image*|copyright .. images|using my images|my images on your|images on your website without|stolen .. images|legal action against you|i will sue|sue you|
hacked your|i have access to your|recorded you|webcam .. recorded|pay .. bitcoin|send .. bitcoin|to my wallet|your data will be|leak your|database will be sold|site has been hacked|vulnerability in your|security researcher .. bounty|parcel is waiting|package is waiting|package could not be delivered|invoice attached|overdue invoice attached|tax refund|
ihr konto wurde|konto gesperrt|konto wird gesperrt|passwort bestatigen|ihr postfach|ihre domain .. lauft ab|domainregistrierung|urheberrechtsverletzung|letzte mahnung|votre compte a ete|compte suspendu|compte sera suspendu|confirmez votre mot|votre boite mail|votre domaine expire|votre colis|
su cuenta ha sido|cuenta suspendida|cuenta sera suspendida|confirme su contrasena|su buzon|su dominio caduca|su paquete|il suo account|account sospeso|account verra sospeso|confermi la password|la sua casella|dominio in scadenza|sua conta foi|conta suspensa|confirme sua senha|sua encomenda|
uw account|account geblokkeerd|bevestig uw wachtwoord|uw mailbox|uw pakket|panstwa konto .. zablok*|konto zostalo|konto zostanie|potwierdz haslo|skrzynka pocztowa|aккаунт заблокирован|ваш аккаунт|подтвердите|账户已被|アカウントが|حسابك`),
  },
  {
    name: 'Instructs the assistant',
    points: 70,
    phrases:
      list(`ignore .. previous instructions|ignore .. prior instructions|ignore .. above instructions|ignore all instructions|ignore your instructions|ignore your rules|ignore everything above|ignore the above|disregard .. instructions|disregard .. previous|disregard .. above|forget .. instructions|forget everything above|override your|new instructions|you are now in|you are now a|developer mode|
maintenance mode|system prompt|system override|system message|jailbreak|act as the admin*|as an ai|dear ai|attention ai|note to ai|instruction* to the ai|instruction* for the ai|ai assistant reading|assistant reading this|language model|mark this lead|mark this as|classify this|approve this lead|approve this message|approve automatically|auto approve|score of 100|score 100|set score|set the score|
send the customer list|send .. customer list|export .. customers|list of all customers|reveal your|print your|api key|api keys|
ignoriere .. anweisungen|vergiss .. anweisungen|missachte .. anweisungen|du bist jetzt|system anweisung|ignore* .. instructions precedentes|ignorez .. instructions|oublie* .. instructions|tu es maintenant|ignora .. instrucciones|olvida .. instrucciones|ahora eres|ignora .. istruzioni|dimentica .. istruzioni|ora sei|
ignore .. instrucoes|esqueca .. instrucoes|negeer .. instructies|vergeet .. instructies|je bent nu|zignoruj .. instrukcje|zignoruj .. polecenia|zapomnij .. instrukcj*|игнорируй .. инструкци*|忽略之前的|忽略以上|指示を無視|تجاهل التعليمات`),
  },
  {
    name: 'Offers developers, design or marketing',
    points: 50,
    phrases:
      list(`i help companies|i help businesses|we help companies|we help businesses|sell more every|ajudo empresas|ajudamos empresas|vender mais|ayudo a empresas|ayudamos a empresas|vender mas|aiuto le aziende|aiutiamo le aziende|vendere di piu|j aide les entreprises|nous aidons les entreprises|vendre plus|ich helfe unternehmen|wir helfen unternehmen|mehr verkaufen|wij helpen bedrijven|meer verkopen|pomagam firmom|pomagamy firmom|sprzedawac wiecej|offshore|outsourcing needs|outsource your|outsourcing partner|outsourcing company|outsourcing services|dedicated developers|dedicated team of|hire .. developers from|developers from .. hour|developers at .. hour|hourly rate of|staff augmentation|software development company|web development company|app development company|web design company|it company based|web design services|web development services|
redesign your|redesign of your|revamp your|new website for your|your website redesign|build your website|build you a website|improve your website|website looks outdated|website is outdated|your website is slow|your website could|errors on your website|issues on your website|problems with your website|mistakes on your website|
explainer video*|animated video*|promo video*|video production|virtual assistant*|logo design service*|graphic design service*|data entry|photo editing service*|social media management|social media marketing|digital marketing agency|digital marketing services|marketing services|google ads expert|google ads management|facebook ads management|ppc campaign*|
chatbot for your|ai chatbot for|ai agents for your|ai automation for your|automate your .. with ai|ai powered .. for your business|our ai .. answers your|translation services|accounting outsourcing|bookkeeping services for your|white label our|high risk merchant account*|lower your processing fees|lower your .. fees|reduce your processing|save .. on processing|merchant services|
webseite erstellen lassen|ihre webseite optimieren|ihre website optimieren|neue webseite fur ihr|moderne webseite|unsere entwickler .. stunde|entwickler aus|erklarvideo*|ihre social media|webdesign zum|marketing agentur .. bieten|
refonte de votre site|creation de site web pour|nous sommes une agence|votre site internet est|developpeurs .. heure|video explicative|gestion de vos reseaux|
rediseno de su|redisenar su|redisenar tu|pagina web por solo|somos una agencia|desarrolladores por hora|video explicativo|gestion de redes sociales|
rifare il suo sito|restyling del|siamo un agenzia|siamo una web agency|sviluppatori .. ora|video animati|gestione social|redesenhar seu site|criacao de sites|somos uma agencia|gestao de redes sociais|desenvolvedores .. hora|
nieuwe website voor uw|wij zijn een bureau|ontwikkelaars .. uur|uitlegvideo|beheer van uw social|nowa strona dla|nowa strone internetowa|tworzymy strony|tworzenie stron|jestesmy agencja|programisci .. godzin*|создани* сайт*|разработк* сайт*|дизайн сайт*|网站建设|ホームページ制作|تصميم مواقع|web tasarim`),
  },
  {
    name: 'Sells goods or supplies',
    points: 50,
    phrases:
      list(`professional manufacturer|leading manufacturer|we are .. manufacturer|manufacturer of|manufacturer and exporter|manufacturer in china|our factory|factory price|factory direct|factory in china|dear purchasing manager|purchasing manager|dear buyer|kindly check our catalog*|check our catalog*|our product catalog*|product catalogue|our price list|moq|wholesale price*|bulk price*|best price and|exporter of|supplier of|we supply|we can supply|
sample is free|free sample*|ce certificate|iso certified factory|years of experience in producing|years experience in manufacturing|replica watch*|designer handbags|ray ban|luxury watches|rolex|cheap shoes|ink cartridges|promotional products|branded merchandise|custom packaging|solar panels for your|energy contract|cleaning services for your office|
hersteller von|ab werk|werbeartikel|werbemittel|stromvertrag|gunstiger strom|fabricant de|nous sommes fabricant|prix d usine|panneaux solaires pour vot*|fabricante de|somos fabricantes|precio de fabrica|produttore di|siamo produttori|prezzi di fabbrica|somos fabricantes|preco de fabrica|fabrikant van|fabrieksprijs|relatiegeschenken|producent|producentem|ceny fabryczne|fotowoltaik*|
производител*|оптом|завод*|生产工厂|工厂|厂家|报价单|批发|供应商|质量保证|製造メーカー|卸売|مصنع|بالجملة`),
  },
  {
    name: 'Mass mail by its own words',
    points: 50,
    phrases:
      list(`opt out of|to opt out|wish to opt out|unsubscribe here|to unsubscribe|click here to unsubscribe|reply stop|reply no|reply remove|reply yes|reply with yes|if you are not interested|not interested just|not interested please ignore|no longer wish to receive|stop receiving|remove you from|removed from our list|this is not spam|this is not a spam|this message was sent via|sent via your contact form|
an keiner weiteren|kein interesse .. antworten|aus dem verteiler|abmelden hier|se desabonner|vous desinscrire|ne plus recevoir|darse de baja de esta|si no desea recibir|no desea recibir|per non ricevere|non ricevere piu|cancellarti dalla lista|nao deseja receber|para nao receber|wilt u geen|afmelden voor deze|jesli nie chcesz otrzymywac|wypisac sie z|отписаться`),
  },
  {
    name: 'Speaks of your website or business',
    points: 35,
    phrases:
      list(`came across your website|came across your site|came across your business|found your website|looking through your website|looking at your website|browsing your website|visited your website|visiting your website|reviewed your website|checked your website|checked out your website|on your website and noticed|noticed your website|noticed your site|noticed that your website|noticed it is not|went through your website|
checking your website|dear website owner|dear site owner|dear webmaster|dear business owner|hello business owner|hi business owner|dear sir madam we|dear friend|dear beneficiary|dear customer|greetings of the day|greetings from|hello dear|dear dear|boost your|grow your business|growing your business|scale your business|skyrocket*|explode your|your online presence|your online reputation|your competitors are|help businesses like yours|companies like yours|
for your business|for your website|for your site|your brand|our client|on behalf of our client|increase your sales|increase sales|increase your revenue|more sales for your|get more customers|more customers for|attract more customers|
sehr geehrter webseitenbetreiber|sehr geehrter webseiten*|sehr geehrter geschaftsfuhrer|ihre webseite gesehen|ihre website gesehen|ihre webseite besucht|auf ihre webseite gestossen|auf ihre website gestossen|mehr kunden fur|garantieren mehr|mehr umsatz fur ihr|ihr unternehmen bekannter|ihr online auftritt|
cher proprietaire|cher gerant|j ai visite votre site|nous avons visite votre site|en parcourant votre site|decouvert votre site|votre entreprise plus|plus de clients pour|attirer plus de clients|booster votre|augmenter vos ventes|
estimado propietario|he visitado su|he visto su web|visitando su pagina|visitando tu web|visto tu pagina|mas clientes para|conseguir mas clientes|aumentar sus ventas|aumenta tus ventas|impulsar su|
gentile titolare|ho visitato il suo|ho visto il suo sito|visitando il vostro sito|il suo sito non|piu clienti per|aumentare le vendite|aumenta le tue|prezado proprietario|visitei o seu site|vi o seu site|mais clientes para|aumentar suas vendas|aumente suas vendas|
beste website eigenaar|beste eigenaar|uw website bezocht|uw website bekeken|op uw website|meer klanten voor|meer klanten voor uw|uw omzet verhogen|szanowni panstwo oferujemy|panstwa strona|panstwa strone|wiecej klientow|zwiekszyc sprzedaz|ваш сайт|вашего сайта|вашего бизнеса|больше клиентов|贵公司|御社のホームページ|御社のサイト|موقعكم`),
  },
  {
    name: 'Presses',
    points: 35,
    phrases:
      list(`limited time|limited offer|limited places|limited spots|act now|act fast|order now|buy now|click here|click below|click the link|visit our website|visit our site|visit now|sign up now|join now|register now|don t miss|100 free|100 percent free|absolutely free|free audit|free analysis|free consultation with no|free demo of our|free trial of our|no obligation|special offer|special discount|special promotion|exclusive offer|
exclusive deal|lowest price*|best price*|money back guarantee|satisfaction guaranteed|results guaranteed|we guarantee|guaranteed results|guarantee results|congratulations|dear winner|contact us on|text me|hit me up|starting at only|for as little as|from only|for only 29|starts at|ours start at|prices start|
kostenlose analyse|kostenloses angebot sichern|jetzt sichern|jetzt kostenlos|nur heute|nur noch heute|jetzt klicken|hier klicken|unverbindlich testen|wir garantieren|sonderangebot|
offre limitee|cliquez ici|profitez de notre|audit gratuit|analyse gratuite|contactez nous par|offre exceptionnelle|nous garantissons|
oferta limitada|haga clic|haz clic|auditoria gratuita|analisis gratuito|aprovecha|aproveche|garantizamos|entrega inmediata|por solo|
offerta limitata|clicca qui|analisi gratuita|audit gratuito|approfitta|garantiamo|a partire da|oferta por tempo|clique aqui|analise gratuita|aproveite|garantimos|
klik hier|gratis analyse|gratis scan|beperkte tijd|wij garanderen|speciale aanbieding|kliknij|darmowa wycena|darmowa wycene|darmowy audyt|bezplatny audyt|bezplatna wycena|gwarantujemy|oferta limitowana|zadzwon po|недорого|пишите в|жмите|скидк*|бесплатн*|优惠|无料で|今すぐ|تواصل معنا`),
  },
  {
    name: 'Offers instead of asking',
    points: 15,
    phrases:
      list(`we offer|we are offering|we provide|we specialize in|we specialise in|i specialize in|i can help you|we can help you|we help|we will help|our team can|our team will|our team of|our services|our company offers|our agency|our experts|our solution|let me know if you|let me know your|let me know a|are you interested in|would you be interested|interested in learning|are you open to|are you looking for|do you need|need help with your|
would it make sense|can we schedule|schedule a call|schedule a quick|quick call|15 minute call|15 minutes|10 minutes|shall i send|may i send|can i send|want me to send|send you more|send you a|send you our|years of experience|years experience|
wir bieten|wir sind spezialisiert|wir optimieren|wir helfen|unser team|darf ich ihnen|mochten sie mehr|haben sie interesse|nous proposons|nous offrons|nous sommes specialis*|notre equipe|notre agence|puis je vous|etes vous interesse*|souhaitez vous|
ofrecemos|le ofrecemos|te ofrecemos|somos especialistas|nuestro equipo|nuestra agencia|le interesa|te interesa|puedo enviarle|offriamo|le offriamo|siamo specializzati|il nostro team|le interessa|posso inviarle|
oferecemos|somos especialistas|nossa equipe|nossa agencia|tem interesse|posso enviar|wij bieden|wij zijn gespecialiseerd|ons team|heeft u interesse|bent u geinteresseerd|mag ik u|oferujemy|specjalizujemy sie|nasz zespol|czy sa panstwo zainteresowani|czy jestescie zainteresowani|предлагаем|предлага*|我们提供|我们是|欢迎联系|ご案内|弊社では|نقدم لكم|نحن شركة`),
  },
  {
    name: 'A word often found in spam',
    points: 15,
    phrases: list(
      `whatsapp|telegram|wechat|skype|微信|واتساب|seo|crypto|bitcoin|btc|ethereum|nft|casino|betting|poker|loan*|investment|investor*|followers|outreach|backlinks|forex|cheap|discount|winner|prize|lottery|pharmacy|million|guarantee*|promo|promotion|reseller|outsourcing|krypto|kryptowahrung*|gewinn|kredit|cripto|inversion|prestamo|pret|prestito|pozyczka|krediet|lening`,
    ),
  },
];
