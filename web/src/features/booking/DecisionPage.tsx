import { Button, Group, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useUrl } from "@/lib/url";
import { ConflictList } from "./Conflicts";
import classes from "./Decision.module.css";
import { BookingStatus, intentText } from "./Marks";
import { type BookingAnswer, bookingAddress, type ConflictWith } from "./queries";
import { lengthWords, spanWords } from "./span";
import { t } from "./text";

/**
 * Where the link of a mail leads: one booking, two large buttons, no signing in. Opening it decides nothing, because mail
 * programs open links too.
 */
export function DecisionPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const { token = "", act } = useUrl().search;
  const [reason, setReason] = useState("");
  // The mail holds a link for each answer; this one only puts the reader's hand on the right button.
  const rejects = act === "reject";
  const [rejecting, setRejecting] = useState(false);
  const reached = useRef(false);
  const [busy, setBusy] = useState<"approve" | "reject">();
  const [error, setError] = useState<unknown>();
  const [done, setDone] = useState<BookingAnswer>();
  const query = useQuery({
    queryKey: ["decision", id, token],
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/bookings/{id}/decision", { params: { path: { id }, query: { token } }, signal })),
    enabled: token !== "",
    retry: false,
    refetchOnWindowFocus: false,
  });
  const decide = async (approve: boolean) => {
    setBusy(approve ? "approve" : "reject");
    setError(undefined);
    try {
      setDone(
        await ok(
          api.POST("/api/v1/bookings/{id}/decision", {
            params: { path: { id } },
            body: { token, approve, reason: reason.trim() || undefined },
          }),
        ),
      );
    } catch (e) {
      setError(e);
    } finally {
      setBusy(undefined);
    }
  };
  const d = query.data;
  const b = d?.booking;
  const clashes = error !== undefined ? ((asProblem(error).data.conflicts ?? []) as ConflictWith[]) : [];
  return (
    <Frame title={b ? `${b.reference} ${b.title}` : t("decision.title")}>
      {!token ? (
        <Text size="sm">{t("decision.noToken")}</Text>
      ) : query.isPending ? (
        <Skeleton h={240} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} title={t("decision.invalid")} />
      ) : done ? (
        <Stack gap="sm" aria-live="polite">
          <div>
            <BookingStatus value={done.status} />
          </div>
          <Text size="sm">
            {t(done.status === "rejected" ? "decision.rejected" : "decision.approved", { name: done.reference })}
          </Text>
          <a href={bookingAddress(done.id)}>{t("decision.open")}</a>
        </Stack>
      ) : (
        b && (
          <Stack gap="md">
            <Text size="sm" c="dimmed">
              {t("decision.for", { name: d.person.name })}
            </Text>
            <Facts
              items={[
                [t("status"), <BookingStatus key="s" value={b.status} />],
                [t("environments"), b.environments.map((e) => e.name).join(", ")],
                [t("time"), spanWords(b.from, b.to)],
                [t("length"), lengthWords(Date.parse(b.from), Date.parse(b.to))],
                [t("intent"), intentText(b.intent)],
                [t("holder"), b.holder?.name ?? b.requesterName],
                [t("release"), b.release],
                [t("description"), b.description],
              ]}
            />
            <ConflictList title={t("conflicts.title")} items={d.conflicts} />
            {d.used || !d.decides ? (
              <Stack gap="xs">
                <Text size="sm">{d.used ? t("decision.used") : t("decision.notNow")}</Text>
                <a href={bookingAddress(b.id)}>{t("decision.open")}</a>
              </Stack>
            ) : (
              <>
                <Textarea
                  label={t("reason")}
                  description={t(rejecting || rejects ? "decision.needReason" : "optional")}
                  error={rejecting && !reason.trim() ? t("bulk.needReason") : undefined}
                  ref={(box) => {
                    if (rejects && !reached.current && box) {
                      reached.current = true;
                      box.focus();
                    }
                  }}
                  autosize
                  minRows={2}
                  maxLength={2000}
                  value={reason}
                  onChange={(e) => setReason(e.currentTarget.value)}
                />
                {error !== undefined && <ProblemAlert error={error} />}
                <ConflictList items={clashes} />
                <Group grow>
                  <Button
                    h={48}
                    variant={rejects ? "default" : "filled"}
                    loading={busy === "approve"}
                    disabled={Boolean(busy)}
                    onClick={() => void decide(true)}
                  >
                    {t("acts.approve.verb")}
                  </Button>
                  <Button
                    h={48}
                    {...(rejects ? { color: "red" } : { variant: "default", c: "var(--status-bad)" })}
                    loading={busy === "reject"}
                    disabled={Boolean(busy)}
                    onClick={() => {
                      setRejecting(true);
                      if (reason.trim()) void decide(false);
                    }}
                  >
                    {t("acts.reject.verb")}
                  </Button>
                </Group>
              </>
            )}
          </Stack>
        )
      )}
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <main className={classes.frame}>
      <img src="/favicon.svg" width={32} height={32} alt="Millrace" />
      <h1 className={classes.title}>{title}</h1>
      {children}
    </main>
  );
}
