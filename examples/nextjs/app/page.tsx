import { Account } from './account';

/** A server component: the server renders the form, and it works once the page's scripts have loaded. */
export default function Page() {
  return (
    <main className="phonegate-page">
      <h1>Phonegate in Next.js</h1>
      <Account />
    </main>
  );
}
