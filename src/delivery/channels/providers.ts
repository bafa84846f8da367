import { developerConsole } from './console/provider.js';
import { greenApi } from './green-api/provider.js';
import { greenApiMax } from './green-api-max/provider.js';
import { http } from './http-api/provider.js';
import { kavenegar } from './kavenegar/provider.js';
import { melipayamak } from './melipayamak/provider.js';
import { telegramGateway } from './telegram-gateway/provider.js';
import { twilio } from './twilio/provider.js';
import { whatsAppCloud } from './whatsapp-cloud/provider.js';
import type { ProviderVariable } from '../../config/variable.js';
import type { Provider } from './provider.js';

/**
 * Every provider, by the name of its settings in `Config`: docs/decisions/0068. The order is that of the schema and of the
 * reference.
 */
const PROVIDERS = {
  greenApi,
  kavenegar,
  melipayamak,
  whatsAppCloud,
  telegramGateway,
  twilio,
  greenApiMax,
  http,
  developerConsole,
};

type Providers = typeof PROVIDERS;
export type ProviderKey = keyof Providers;

/** The settings of each provider, as `Config` has them. */
export type ProviderSettings = { [Key in ProviderKey]: ReturnType<Providers[Key]['settings']> };

export const PROVIDER_ENTRIES = Object.entries(PROVIDERS) as [ProviderKey, Provider][];
export const ALL_PROVIDERS: readonly Provider[] = PROVIDER_ENTRIES.map(([, provider]) => provider);

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The variables of all providers, as zod reads them. */
export const PROVIDER_ENVIRONMENT = Object.assign(
  {},
  ...ALL_PROVIDERS.map(({ environment }) => environment),
) as Intersection<Providers[ProviderKey]['environment']>;

/** The names of the variables of providers for which a check holds. */
export const providerVariables = (isWanted: (variable: ProviderVariable) => boolean | undefined): string[] =>
  ALL_PROVIDERS.flatMap(({ variables }) => Object.entries(variables))
    .filter(([, variable]) => isWanted(variable))
    .map(([name]) => name);

/** Reads the settings of each provider from the parsed environment. */
export const settingsOfProviders = (env: object): ProviderSettings =>
  Object.fromEntries(
    PROVIDER_ENTRIES.map(([key, provider]) => [key, provider.settings(env as never)]),
  ) as unknown as ProviderSettings;
