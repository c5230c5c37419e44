import { Alert, Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertCircle, IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem, type Problem } from "@/api/problem";
import { textOr } from "@/lib/i18n";
import { duration } from "@/lib/time";
import { useUrl } from "@/lib/url";
import { Gate } from "./Gate";
import { safeNext } from "./safeNext";
import { t } from "./text";

export function SignInPage() {
  const { search } = useUrl();
  const next = safeNext(search.next);
  const navigate = useNavigate();
  const client = useQueryClient();
  const providers = useQuery({
    queryKey: ["sign_in_provider", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/providers", { signal })),
  });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [missing, setMissing] = useState(false);
  const waiting = useCountdown(problem);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const lacks = !email.trim() || !password;
    setMissing(lacks);
    if (lacks) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(api.POST("/api/v1/auth/sign-in", { body: { email: email.trim(), password } }));
      client.clear();
      await navigate({ href: next, replace: true });
    } catch (error) {
      setProblem(asProblem(error));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };

  const others = providers.data?.items ?? [];
  return (
    <Gate title={t("signIn.title")} about={search.next ? t("signIn.signedOut") : undefined}>
      <Stack gap="md">
        {search.problem && (
          <Alert
            role="alert"
            variant="default"
            icon={<IconAlertCircle color="var(--status-bad)" />}
            title={t("signIn.failed")}
          >
            {textOr("identity", `signIn.codes.${search.problem}`, t("signIn.codes.other", { code: search.problem }))}
          </Alert>
        )}
        {problem && (
          <Alert
            role="alert"
            variant="default"
            icon={
              problem.status === 429 ? (
                <IconLock color="var(--status-attention)" />
              ) : (
                <IconAlertCircle color="var(--status-bad)" />
              )
            }
            title={titleOf(problem)}
          >
            {problem.message}
            {waiting !== undefined && (
              <Text size="sm" mt={4}>
                {waiting > 0 ? t("signIn.wait", { time: duration(waiting) }) : t("signIn.again")}
              </Text>
            )}
          </Alert>
        )}
        <form onSubmit={submit} noValidate>
          <Stack gap="sm">
            <TextInput
              label={t("signIn.email")}
              type="email"
              name="email"
              autoComplete="username"
              autoFocus
              required
              withAsterisk={false}
              value={email}
              onChange={(e) => setEmail(e.currentTarget.value)}
              error={missing && !email.trim() ? t("signIn.missing") : undefined}
            />
            <PasswordInput
              label={t("signIn.password")}
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(e) => setPassword(e.currentTarget.value)}
              error={missing && !password ? t("signIn.missing") : undefined}
              visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
            />
            <Button type="submit" loading={busy} disabled={waiting !== undefined && waiting > 0} fullWidth mt="xs">
              {t("signIn.submit")}
            </Button>
          </Stack>
        </form>
        {others.length > 0 && <Divider label={t("signIn.or")} />}
        {others.map((p) => (
          <Button
            key={p.id}
            component="a"
            variant="default"
            fullWidth
            href={`/api/v1/auth/oidc/${encodeURIComponent(p.id)}/start?returnTo=${encodeURIComponent(next)}`}
          >
            {t("signIn.with", { name: p.name })}
          </Button>
        ))}
        {providers.isError && (
          <Text size="xs" c="dimmed">
            {t("signIn.providersFailed")}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          {t("signIn.noAccount")}
        </Text>
      </Stack>
    </Gate>
  );
}

function titleOf(problem: Problem): string {
  if (problem.code.includes("locked")) return t("signIn.locked");
  if (problem.status === 429) return t("signIn.limited");
  return t("signIn.failed");
}

/** Seconds until the next try is welcome, counted down; undefined when the server named no wait. */
function useCountdown(problem: Problem | undefined): number | undefined {
  const [until, setUntil] = useState<number>();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const seconds = Number(problem?.data.retryAfterSeconds ?? problem?.data.retryAfter);
    setUntil(Number.isFinite(seconds) && seconds > 0 ? Date.now() + seconds * 1000 : undefined);
    setNow(Date.now());
  }, [problem]);
  useEffect(() => {
    if (until === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? undefined : Math.max(0, Math.ceil((until - now) / 1000));
}
