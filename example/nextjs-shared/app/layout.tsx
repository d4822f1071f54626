import type { Metadata } from "next";
import { SessionProvider } from "next-auth/react";
import type { ReactNode } from "react";
import "./style.css";

export const metadata: Metadata = { title: "One session, Next.js and Go" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SessionProvider>{children}</SessionProvider>
      </body>
    </html>
  );
}
