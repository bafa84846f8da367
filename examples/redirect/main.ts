import { createPhonegate } from 'phonegate/client';

const client = createPhonegate({ url: import.meta.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000' });
const { session } = client;

const answer = element('answer');
const problem = element('problem');
const signIn = element('sign-in');
const signOut = element('sign-out');

// The gateway's login page leads back here, with a one-time code. REDIRECT_URIS must name this page.
signIn.addEventListener('click', () => void client.startRedirect().catch(tell));
signOut.addEventListener('click', () => void session.signOut().catch(tell));

try {
  const exchanged = await client.completeRedirect();
  if (exchanged && exchanged.__typename !== 'Session') tell(exchanged);
} catch (error) {
  tell(error as Error);
}
// In any tab, from now on.
session.subscribe(() => void show());
await show();

/** What the API says to whoever is signed in, or to nobody. */
async function show(): Promise<void> {
  try {
    const token = await session.accessToken();
    signIn.hidden = token !== undefined;
    signOut.hidden = token === undefined;
    answer.textContent = await hello(token);
  } catch (error) {
    tell(error as Error); // no network; nobody was signed out
  }
}

async function hello(token: string | undefined): Promise<string> {
  const response = await fetch(
    '/api/hello',
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  const { message } = (await response.json()) as { message: string };
  return `The API says ${response.status}: ${message}`;
}

function tell({ message }: { message: string }): void {
  problem.textContent = message;
}

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
