import { render } from 'preact';
import { createPhonegate } from '@phonegate/client';
import { LoginPage } from './login-page.js';
import { firstLocale } from './locale.js';
import type { LoginSettings } from './settings.js';

const settings = JSON.parse(document.querySelector('#settings')?.textContent ?? '{}') as LoginSettings;
/** Shared by page and client, so the gateway answers in the language that the user chose. */
const language = { locale: firstLocale() };
const client = createPhonegate({ url: `${settings.path}/`, locale: () => language.locale });

render(
  <LoginPage client={client} settings={settings} language={language} />,
  document.querySelector('#page') as HTMLElement,
);
