import { defineProvider } from '../provider.js';
import { createConsoleChannel } from './index.js';

/** The log of a gateway in development. It writes codes into the log. */
export const developerConsole = defineProvider({
  title: 'Console',
  environment: {},
  variables: {},
  settings: () => ({}),
  channels: [
    {
      name: 'console',
      kind: 'developer',
      description: 'The log of the gateway. Available in development only.',
      label: 'console',
      needs: 'development: NODE_ENV is production',
      countries: '*',
      price: { currency: 'USD', amounts: { '*': '0' } },
      carriesNotifications: true,
      isConfigured: (_, { production }) => !production,
    },
  ],
  create: (_, deps) => [createConsoleChannel(deps)],
});
