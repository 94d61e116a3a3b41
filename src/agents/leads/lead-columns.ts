import { compilePhrases } from './phrases.ts';
import { searchable } from './text.ts';

export type LeadColumn = 'email' | 'name' | 'firstName' | 'lastName' | 'phone' | 'company' | 'website' | 'role' | 'country' | 'budget' | 'message';

const rule = (field: LeadColumn | null, phrases: string) => ({ field, phrases: compilePhrases(phrases.split('|').map((phrase) => phrase.trim())) });

/**
 * Headers of exports from HubSpot, Pipedrive, Salesforce, Zoho, Mailchimp, Webflow, LinkedIn Lead
 * Gen, and of form tools (Typeform, Google Forms, Tally, Jotform) where the header is the
 * question. The first rule that matches wins, so what must not be taken for a field stands first.
 */
const RULES = [
  rule(
    null,
    'opt in|opt out|optin|optout|opted|consent|gdpr|status|owner|created|updated|modified|timestamp|zeitstempel|horodateur|marca temporal|submitted|submission|date|datum|id|source|bounce*|rating|newsletter|utm|referrer|referer|landing page|page url|conversion|ip address|ip|user agent|hashed|linkedin|twitter|facebook|email domain|domain of|tags|lifecycle|leid|euid|last activity|last contacted|stage|lead title|deal title|time|form name|campaign*|network id|response type|verified|salutation|anrede|civilite|tratamiento|expected',
  ),
  rule('email', 'e mail|email|emails|emailadresse|mail|mailadresse|correo|correo electronico|courriel|adresse mail|posta elettronica|emailaddress|mejl'),
  rule('firstName', 'first name|firstname|given name|forename|vorname|prenom|primer nombre|voornaam|imie|fname'),
  rule(
    'lastName',
    'last name|lastname|surname|family name|nachname|familienname|nom de famille|apellido|apellidos|cognome|achternaam|nazwisko|sobrenome|lname',
  ),
  rule(
    'phone',
    'phone|telephone|phonenumber|mobile|mobil|mobiltelefon|cell|telefon|telefonnummer|handy|tel|numero de telephone|telefono|movil|celular|telefone|telefoon|whatsapp|rufnummer|portable',
  ),
  rule('website', 'website|web site|webseite|homepage|url|site web|site internet|sitio web|pagina web|domain|domain name|web|sito web|internetseite|shop url'),
  rule(
    'company',
    'company|company name|companyname|organization|organisation|organization name|account|account name|firma|firmenname|unternehmen|entreprise|societe|raison sociale|empresa|compania|business name|business|azienda|bedrijf|employer|organizacion|nombre de la empresa',
  ),
  rule('role', 'job title|jobtitle|job|title|position|role|rolle|funktion|poste|fonction|cargo|puesto|beruf|stelle|titel|your role|seniority'),
  rule('country', 'country|country region|land|pays|pais|paese|kraj|where are you based|staat'),
  rule('budget', 'budget|presupuesto|orcamento|preisrahmen|budzet|price range|investment|spend'),
  rule(
    'message',
    'message|your message|comment|comments|nachricht|ihre nachricht|kommentar|anfrage|anliegen|mitteilung|bemerkung*|notiz*|votre message|commentaire*|demande|mensaje|comentario*|consulta|messaggio|mensagem|bericht|wiadomosc|note|notes|description|beschreibung|how can we help|what do you need|tell us|tell me|about your project|project|projekt|projet|proyecto|anything else|inquiry|enquiry|question*|request|details|wobei konnen|comment pouvons nous|en que podemos|body|text',
  ),
  rule(
    'name',
    'name|full name|your name|fullname|contact|contact name|nom|nombre|nome|ihr name|votre nom|su nombre|ansprechpartner|kontakt|person|who are you|naam',
  ),
] as const;

/** The field a header stands for, or null. */
export function leadColumn(header: string): LeadColumn | null {
  const text = searchable(header.replace(/([a-z])([A-Z])/g, '$1 $2'));
  return RULES.find(({ phrases }) => phrases.in(text).length > 0)?.field ?? null;
}
