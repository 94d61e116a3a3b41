/** Where settings are. A file in `local` stands for the whole file of that name in `defaults`. */
export interface SettingsFolders {
  /** `config` */
  readonly defaults: string;
  /** `config/local` */
  readonly local: string;
}
