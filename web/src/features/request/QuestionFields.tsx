import { Group, Radio, Stack, Textarea } from "@mantine/core";
import { t } from "./text";

export interface Asked {
  id: string;
  text: string;
  kind: "yes_no" | "text";
  required: boolean;
}

/** The questions of a request with what is answered so far. */
export function QuestionFields({
  questions,
  answers,
  faults = {},
  readOnly,
  onChange,
}: {
  questions: Asked[];
  answers: Record<string, string>;
  faults?: Record<string, string>;
  readOnly?: boolean;
  onChange: (id: string, answer: string) => void;
}) {
  return (
    <Stack gap="sm">
      {questions.map((q) =>
        q.kind === "yes_no" ? (
          <Radio.Group
            key={q.id}
            label={q.text}
            withAsterisk={q.required}
            readOnly={readOnly}
            error={faults[q.id]}
            value={answers[q.id] ?? ""}
            onChange={(v) => !readOnly && onChange(q.id, v)}
          >
            <Group gap="md" mt={4}>
              <Radio value="yes" label={t("yes")} disabled={readOnly} />
              <Radio value="no" label={t("no")} disabled={readOnly} />
            </Group>
          </Radio.Group>
        ) : (
          <Textarea
            key={q.id}
            label={q.text}
            withAsterisk={q.required}
            readOnly={readOnly}
            error={faults[q.id]}
            autosize
            minRows={1}
            maxLength={2000}
            value={answers[q.id] ?? ""}
            onChange={(e) => onChange(q.id, e.currentTarget.value)}
          />
        ),
      )}
    </Stack>
  );
}
