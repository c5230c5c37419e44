import { Alert, List, Skeleton, Text } from "@mantine/core";
import { asProblem } from "@/api/problem";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Consequences } from "./Marks";
import type { Consequence } from "./queries";
import { t } from "./text";

/** What saving would do, as the server foresees it; or why it would be refused, and the ways out. */
export function DryRun({
  show,
  loading,
  error,
  consequences,
  besides = () => false,
}: {
  show: boolean;
  loading: boolean;
  error: unknown;
  consequences: Consequence[] | undefined;
  /** Which faults stand beside their fields already. */
  besides?: (path: string) => boolean;
}) {
  return (
    <div aria-live="polite">
      {!show ? null : loading ? (
        <Skeleton h={56} />
      ) : error ? (
        <Refusal error={error} besides={besides} />
      ) : (
        <Alert variant="default" title={t("form.consequences")}>
          {consequences?.length ? <Consequences items={consequences} /> : <Text size="sm">{t("form.nothing")}</Text>}
        </Alert>
      )}
    </div>
  );
}

/** Why something cannot be done: the sentence, what is wrong in detail, and the ways out. */
export function Refusal({ error, besides = () => false }: { error: unknown; besides?: (path: string) => boolean }) {
  const p = asProblem(error);
  if (p.code === "stale") return null;
  if (p.transient) return <ProblemAlert error={error} />;
  const faults = p.fields.filter((f) => !besides(f.path));
  const ways = Array.isArray(p.data.alternatives) ? (p.data.alternatives as { message: string }[]) : [];
  return (
    <Alert
      role="alert"
      variant="default"
      title={t("form.wouldFail")}
      style={{ borderColor: "var(--status-bad-solid)" }}
    >
      <Text size="sm">{p.message}</Text>
      {faults.length > 0 && (
        <List size="sm" mt={4}>
          {faults.map((f) => (
            <List.Item key={f.path + f.code}>{f.message}</List.Item>
          ))}
        </List>
      )}
      {ways.length > 0 && (
        <>
          <Text size="xs" fw={600} mt="xs">
            {t("lines.alternatives")}
          </Text>
          <List size="sm">
            {ways.slice(0, 5).map((w) => (
              <List.Item key={w.message}>{w.message}</List.Item>
            ))}
          </List>
        </>
      )}
    </Alert>
  );
}
