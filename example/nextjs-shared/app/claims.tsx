import type { Session } from "next-auth";

// What one side knows of the person.
export function Claims({ user }: { user: Session["user"] }) {
  const until = user.accessTokenExpires;
  return (
    <dl>
      <dt>name</dt>
      <dd data-claim="name">{user.name}</dd>
      <dt>e-mail</dt>
      <dd data-claim="email">{user.email}</dd>
      <dt>role</dt>
      <dd data-claim="role">{user.role}</dd>
      <dt>nickname</dt>
      <dd data-claim="nickname">{user.nickname ?? "none"}</dd>
      <dt>signed in with</dt>
      <dd data-claim="provider">{user.provider}</dd>
      <dt>access token until</dt>
      <dd data-claim="until">{until ? new Date(until).toISOString().slice(11, 19) + " UTC" : "unknown"}</dd>
    </dl>
  );
}
