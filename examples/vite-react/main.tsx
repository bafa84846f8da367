import { createPhonegate } from '@phonegate/client';
import { PhoneLogin, type SessionState, useSession } from '@phonegate/react';
import '@phonegate/react/style.css';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import './page.css';

const client = createPhonegate({ url: import.meta.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000' });

function App() {
  const session = useSession(client);
  const answer = useHello(session);
  return (
    <main className="phonegate-page">
      <h1>Phonegate in React</h1>
      <p role="status">{answer}</p>
      {session.status === 'signed-out' && <PhoneLogin client={client} />}
      {session.status === 'signed-in' && <SignOut signOut={session.signOut} />}
    </main>
  );
}

function SignOut({ signOut }: Pick<SessionState, 'signOut'>) {
  const [problem, setProblem] = useState('');
  return (
    <>
      <button type="button" onClick={() => void signOut().catch((error: Error) => setProblem(error.message))}>
        Sign out
      </button>
      <p role="alert">{problem}</p>
    </>
  );
}

/** The API's answer to the user, signed in or not. */
function useHello({ status, accessToken }: SessionState): string {
  const [answer, setAnswer] = useState('…');
  useEffect(() => {
    if (status === 'loading') return;
    const unmounted = new AbortController();
    void accessToken()
      .then((token) => hello(token, unmounted.signal))
      .catch((error: Error) => error.message)
      .then((text) => !unmounted.signal.aborted && setAnswer(text));
    return () => unmounted.abort();
  }, [status, accessToken]);
  return answer;
}

async function hello(token: string | undefined, signal: AbortSignal): Promise<string> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch('/api/hello', { headers, signal });
  const { message } = (await response.json()) as { message: string };
  return `The API says ${response.status}: ${message}`;
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
