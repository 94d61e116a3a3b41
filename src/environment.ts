import { resolve } from 'node:path';
import { z } from 'zod';
import { isNetwork } from './client-address.ts';
import { CountersignError } from './store/errors.ts';

/** Everything the process is told from outside; what is left out has the default given here. */
export interface Environment {
  readonly dataFolder: string;
  /** The person's own settings; `config/` beside the code holds the defaults. */
  readonly configFolder: string;
  readonly port: number;
  readonly intakeHost: string;
  readonly intakePort: number;
  /** Under which the page is reached from elsewhere, or null. */
  readonly publicUrl: string | null;
  /** Addresses of proxies whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
  /** MongoDB for log, documents, keys and the rest; null: SQLite in the data folder. */
  readonly mongoUrl: string | null;
  /** Redis for a queue that several processes share; null: the queue inside this process. */
  readonly redisUrl: string | null;
  /** Before every key in Redis, so that several installations can share one. */
  readonly redisPrefix: string;
  readonly smtpUrl: string | null;
  readonly model: { readonly apiKey: string; readonly baseURL: string | null; readonly small: string; readonly large: string } | null;
  /** Hosts `http.call` may reach although they are internal. */
  readonly httpAllowHosts: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const port = z.coerce.number<string>().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const proxies = list.refine((entries) => entries.every(isNetwork), 'expected IP addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, with commas between');

const schema = z.object({
  COUNTERSIGN_DATA: z.string().min(1).default('data'),
  COUNTERSIGN_CONFIG: z.string().min(1).optional(),
  PORT: port.prefault('4646'),
  INTAKE_HOST: z.string().min(1).default('127.0.0.1'),
  INTAKE_PORT: port.prefault('4647'),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  TRUSTED_PROXIES: proxies.prefault(''),
  MONGODB_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'such as mongodb://127.0.0.1:27017/countersign')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'such as redis://127.0.0.1:6379')
    .optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,50}$/, 'letters, digits, dots and hyphens, such as countersign')
    .default('countersign'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'such as smtp://user:password@mail.example.com:587')
    .optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: z.url().optional(),
  COUNTERSIGN_SMALL_MODEL: z.string().min(1).default('claude-haiku-5-5'),
  COUNTERSIGN_LARGE_MODEL: z.string().min(1).default('claude-opus-5-5'),
  HTTP_ALLOW_HOSTS: list.prefault(''),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
});

/**
 * @param codeFolder where `config/` is
 * @throws CountersignError `Environment` naming each variable that is wrong, never its value
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>, codeFolder: string): Environment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new CountersignError(
      'Environment',
      `Environment variables are wrong. ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`,
    );
  }
  const env = parsed.data;
  return {
    dataFolder: resolve(env.COUNTERSIGN_DATA),
    configFolder: resolve(env.COUNTERSIGN_CONFIG ?? resolve(codeFolder, 'config', 'local')),
    port: env.PORT,
    intakeHost: env.INTAKE_HOST,
    intakePort: env.INTAKE_PORT,
    publicUrl: env.PUBLIC_URL ?? null,
    trustedProxies: env.TRUSTED_PROXIES,
    mongoUrl: env.MONGODB_URL ?? null,
    smtpUrl: env.SMTP_URL ?? null,
    redisUrl: env.REDIS_URL ?? null,
    redisPrefix: env.REDIS_PREFIX,
    model:
      env.ANTHROPIC_API_KEY === undefined
        ? null
        : { apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL ?? null, small: env.COUNTERSIGN_SMALL_MODEL, large: env.COUNTERSIGN_LARGE_MODEL },
    httpAllowHosts: env.HTTP_ALLOW_HOSTS,
    logLevel: env.LOG_LEVEL,
  };
}
