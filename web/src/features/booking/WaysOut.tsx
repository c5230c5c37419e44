import { Button, Group, Text, Textarea, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconArrowsSplit2,
  IconClockHour4,
  IconHourglass,
  IconMessage,
  IconScissors,
  IconServer2,
} from "@tabler/icons-react";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import classes from "./Parts.module.css";
import type { Alternative, ConflictWith } from "./queries";
import { type Span, spanWords } from "./span";
import { t } from "./text";
import { wayHelp } from "./wayHelp";

const icons = {
  next_slot: IconClockHour4,
  equivalent: IconServer2,
  share: IconArrowsSplit2,
  shorten: IconScissors,
  wait: IconHourglass,
  ask_holder: IconMessage,
};

/** The ways out of a clash, the best first; a click takes one. Asking the holder opens the conversation right here. */
export function WaysOut(props: {
  items: Alternative[];
  /** The time that was asked for. */
  wanted: Span;
  conflicts: ConflictWith[];
  waiting?: boolean;
  onChoose: (a: Alternative) => void;
}) {
  const [asking, setAsking] = useState<Alternative>();
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {t("waysOut.title")}
      </Text>
      <ul className={classes.list}>
        {props.items.map((a, i) => {
          const Sign = icons[a.kind];
          const chosen = a.kind === "wait" && props.waiting;
          return (
            <li key={`${a.kind} ${i}`}>
              <UnstyledButton
                className={classes.way}
                aria-pressed={chosen || undefined}
                data-chosen={chosen || undefined}
                onClick={() => (a.kind === "ask_holder" ? setAsking(a === asking ? undefined : a) : props.onChoose(a))}
              >
                <Sign size={18} aria-hidden />
                <span>
                  <Text size="sm" fw={500} component="span" display="block">
                    {t(`waysOut.${a.kind}`, { name: a.environment?.name ?? a.holderName ?? "" })}
                    {a.from && a.to ? ` · ${spanWords(a.from, a.to)}` : ""}
                  </Text>
                  <Text size="xs" c="dimmed" component="span" display="block">
                    {wayHelp(a, props.wanted)}
                  </Text>
                </span>
              </UnstyledButton>
              {asking === a && <AskHolder way={a} conflicts={props.conflicts} onDone={() => setAsking(undefined)} />}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function AskHolder({ way, conflicts, onDone }: { way: Alternative; conflicts: ConflictWith[]; onDone: () => void }) {
  const clash = conflicts.find((c) => c.booking.id === way.bookingId);
  const [text, setText] = useState(
    clash
      ? t("ask.draft", {
          environment: clash.environment.name,
          span: spanWords(clash.overlap.from, clash.overlap.to),
          reference: clash.booking.reference,
        })
      : "",
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const send = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await ok(
        api.POST("/api/v1/bookings/{id}/ask-holder", {
          params: { path: { id: way.bookingId ?? "" } },
          body: { text: text.trim() },
        }),
      );
      notifications.show({ message: t("ask.sent", { name: way.holderName ?? t("nobody") }) });
      onDone();
    } catch (e) {
      setError(asProblem(e).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={classes.ask}>
      <Textarea
        label={t("ask.label", { name: way.holderName ?? "" })}
        autosize
        minRows={2}
        maxLength={5000}
        value={text}
        error={error}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      <Group justify="flex-end" mt="xs">
        <Button size="compact-sm" loading={busy} disabled={!text.trim()} onClick={() => void send()}>
          {t("ask.send")}
        </Button>
      </Group>
    </div>
  );
}
