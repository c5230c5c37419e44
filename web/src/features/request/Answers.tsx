import { Button, Group, Stack, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { QuestionFields } from "./QuestionFields";
import { type BookingRequest, useRefresh } from "./queries";
import { t } from "./text";

/** The questions that are asked for the environments of the request. */
export function Answers({ request: r }: { request: BookingRequest }) {
  const refresh = useRefresh("booking_request");
  const [answers, setAnswers] = useState(() => Object.fromEntries(r.answers.map((a) => [a.id, a.answer ?? ""])));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const edit = r.allowedActs.includes("change");
  const changed = r.answers.filter((a) => (a.answer ?? "") !== answers[a.id]);
  const put = (id: string, value: string) => setAnswers((all) => ({ ...all, [id]: value }));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PATCH("/api/v1/booking-requests/{id}", {
          params: { path: { id: r.id }, header: { "If-Match": ifMatch(r.version) } },
          body: { answers: Object.fromEntries(changed.map((a) => [a.id, answers[a.id] ?? ""])) },
        }),
      );
      await refresh();
      notifications.show({ message: t("answers.saved") });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label={t("answers.title")}>
      <Title order={2} mb="xs">
        {t("answers.title")}
      </Title>
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <QuestionFields questions={r.answers} answers={answers} readOnly={!edit} onChange={put} />
        {edit && (
          <Group>
            <Button variant="default" loading={busy} disabled={changed.length === 0} onClick={() => void save()}>
              {t("answers.save")}
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}
