import { Menu } from "@mantine/core";
import type { Schema } from "@/api/client";
import type { ListColumn } from "@/components/list";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { parseTime } from "@/lib/time";
import { t } from "./text";

export type Token = Schema<"IdentityTokenView">;

export type TokenState = "live" | "expired" | "revoked";

export function tokenState(token: Pick<Token, "revokedAt" | "expiresAt">, now = new Date()): TokenState {
  if (token.revokedAt) return "revoked";
  const end = parseTime(token.expiresAt);
  return end && end <= now ? "expired" : "live";
}

export function scopesText(token: Token): string {
  return token.scopes.length === 0 ? t("tokens.everything") : t("tokens.scopeCount", { count: token.scopes.length });
}

export const tokenColumns: ListColumn<Token>[] = [
  { id: "name", header: t("tokens.name"), cell: (k) => k.name, csv: (k) => k.name },
  {
    id: "state",
    header: t("tokens.state"),
    cell: (k) => {
      const state = tokenState(k);
      return <StatusBadge tone={state === "live" ? "good" : "idle"}>{t(`tokens.${state}`)}</StatusBadge>;
    },
    csv: (k) => t(`tokens.${tokenState(k)}`),
    width: 120,
    card: true,
  },
  { id: "prefix", header: t("tokens.prefix"), cell: (k) => <code>{k.prefix}…</code>, csv: (k) => k.prefix, width: 150 },
  { id: "scopes", header: t("tokens.scopes"), cell: scopesText, csv: (k) => k.scopes.join(" "), card: true },
  {
    id: "expires",
    header: t("tokens.expires"),
    cell: (k) => (k.expiresAt ? <TimeText value={k.expiresAt} as="day" plain /> : t("tokens.never")),
    csv: (k) => k.expiresAt,
    width: 130,
    card: true,
  },
  {
    id: "lastUsed",
    header: t("tokens.lastUsed"),
    cell: (k) => (k.lastUsedAt ? <TimeText value={k.lastUsedAt} as="relative" plain /> : t("tokens.neverUsed")),
    csv: (k) => k.lastUsedAt,
    width: 140,
  },
  {
    id: "created",
    header: t("tokens.created"),
    cell: (k) => <TimeText value={k.createdAt} as="day" plain />,
    csv: (k) => k.createdAt,
    width: 130,
    hidden: true,
  },
];

export function RevokeItem({ token, onRevoke }: { token: Token; onRevoke: (token: Token) => void }) {
  return (
    <Menu.Item c="var(--status-bad)" disabled={tokenState(token) === "revoked"} onClick={() => onRevoke(token)}>
      {t("tokens.revoke")}
    </Menu.Item>
  );
}
