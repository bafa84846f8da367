import { createPhonegate } from '@phonegate/client';

const client = createPhonegate({
  url: import.meta.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000',
  clientId: 'redirect',
});
const { session } = client;

const answer = element('answer');
const problem = element('problem');
const signIn = element('sign-in');
const signOut = element('sign-out');

// The gateway's login page leads back here with a one-time code. APPLICATIONS must list this page for the clientId.
signIn.addEventListener('click', () => void client.startRedirect().catch(showProblem));
signOut.addEventListener('click', () => void session.signOut().catch(showProblem));

try {
  const exchanged = await client.completeRedirect();
  if (exchanged && exchanged.__typename !== 'Session') showProblem(exchanged);
} catch (error) {
  showProblem(error as Error);
}
// Called for a change in any tab.
session.subscribe(() => void show());
await show();

/** Shows the API's answer to the user, signed in or not. */
async function show(): Promise<void> {
  try {
    const token = await session.accessToken();
    signIn.hidden = token !== undefined;
    signOut.hidden = token === undefined;
    answer.textContent = await hello(token);
  } catch (error) {
    showProblem(error as Error); // no network: the user stays signed in
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

function showProblem({ message }: { message: string }): void {
  problem.textContent = message;
}

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
