import type { ReactNode } from 'react';
import '@phonegate/react/style.css';
import './page.css';

export const metadata = { title: 'Phonegate in Next.js' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
