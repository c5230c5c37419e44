import { Button, Code, Skeleton, Stack } from "@mantine/core";
import { IconBug, IconMapOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { asProblem } from "@/api/problem";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { t } from "./text";

export function NotFound() {
  return (
    <EmptyState
      icon={IconMapOff}
      title={t("notFound.title")}
      body={t("notFound.body")}
      action={
        <Button component={Link} to="/" variant="default">
          {t("notFound.home")}
        </Button>
      }
    />
  );
}

/** A page whose data could not be had shows the server's words; a page that failed by itself says so. */
export function PageCrash({ error, reset }: { error: unknown; reset?: () => void }) {
  const problem = asProblem(error);
  if (problem.status > 0 || problem.code === "offline") {
    return (
      <Stack py="lg">
        <ProblemAlert error={error} onRetry={reset} />
      </Stack>
    );
  }
  return (
    <EmptyState
      icon={IconBug}
      title={t("crash.title")}
      body={
        <>
          {t("crash.body")}
          <Code block mt="xs">
            {problem.message}
          </Code>
        </>
      }
      action={<Button onClick={() => location.reload()}>{t("crash.reload")}</Button>}
    />
  );
}

export function PagePending() {
  return (
    <Stack gap="md" pt="md" aria-busy role="status" aria-label={t("loading")}>
      <Skeleton h={28} w={220} />
      <Skeleton h={16} w="60%" />
      <Skeleton h={240} />
    </Stack>
  );
}
