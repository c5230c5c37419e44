import { Alert, Button, Group, List, Text } from "@mantine/core";
import { IconAlertCircle, IconLock } from "@tabler/icons-react";
import { asProblem } from "@/api/problem";
import { EmptyState } from "./EmptyState";
import { t } from "./text";

/** What went wrong, in the server's words, with the code to quote and a way to try again. */
export function ProblemAlert({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const problem = asProblem(error);
  if (problem.status === 403) {
    return (
      <EmptyState
        icon={IconLock}
        title={title ?? t("permission.title")}
        body={`${problem.message} ${t("permission.body")}`}
      />
    );
  }
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<IconAlertCircle color="var(--status-bad)" />}
      title={title ?? t("problem.title")}
      style={{ borderColor: "var(--status-bad-solid)" }}
    >
      <Text size="sm">{problem.message}</Text>
      {problem.fields.length > 0 && (
        <List size="sm" mt={4}>
          {problem.fields.map((f) => (
            <List.Item key={`${f.path} ${f.code} ${f.message}`}>
              {f.path ? `${f.path}: ` : ""}
              {f.message}
            </List.Item>
          ))}
        </List>
      )}
      <Group mt="xs" gap="md">
        {onRetry && problem.status !== 404 && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t("retry")}
          </Button>
        )}
        <Text size="xs" c="dimmed">
          {t("code")} {problem.code}
          {problem.requestId ? ` · ${t("request")} ${problem.requestId}` : ""}
        </Text>
      </Group>
    </Alert>
  );
}
