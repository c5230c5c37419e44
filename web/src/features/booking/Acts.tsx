import { Button, Group, Menu, Modal, Skeleton, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { personPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { type Act, type ActInput, actsOf, doAct, mainActs, needs } from "./actRules";
import { ConflictList } from "./Conflicts";
import { type Booking, type BookingAnswer, type ConflictWith, useOwn } from "./queries";
import { inputOf, iso, momentOf, plusDays, spanWords } from "./span";
import { t } from "./text";
import { useActSize } from "./useActSize";

/** The acts allowed now, the likely ones as buttons and the others in a menu. */
export function BookingActs({ booking }: { booking: Booking }) {
  const [act, setAct] = useState<Act>();
  const own = useOwn()(booking.holder?.id);
  const acts = actsOf(booking).filter((a) => a !== "change");
  const main = mainActs(acts, own);
  const rest = acts.filter((a) => !main.includes(a));
  const size = useActSize();
  return (
    <>
      {main.map((a, i) => (
        <Button
          key={a}
          {...size}
          variant={a === "approve" || (i === 0 && a === "confirm_use") ? "filled" : "default"}
          c={a === "reject" || a === "cancel" ? "var(--status-bad)" : undefined}
          onClick={() => setAct(a)}
        >
          {t(`acts.${a}.verb`)}
        </Button>
      ))}
      {rest.length > 0 && (
        <Menu>
          <Menu.Target>
            <Button {...size} variant="default" aria-label={t("moreActs")}>
              <IconDots size={16} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((a) => (
              <Menu.Item key={a} c={a === "cancel" ? "var(--status-bad)" : undefined} onClick={() => setAct(a)}>
                {t(`acts.${a}.verb`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {act && <ActDialog act={act} booking={booking} onClose={() => setAct(undefined)} />}
    </>
  );
}

/** Asks what an act needs, shows what the server says it would bring about, and does exactly that. */
export function ActDialog(props: { act: Act; booking: Booking; onClose: () => void; onDone?: () => void }) {
  const { act, booking, onClose } = props;
  const client = useQueryClient();
  const [input, setInput] = useState<ActInput>(() => ({
    text: "",
    at: act === "extend" ? plusDays(Date.parse(booking.to), 1) : middle(booking),
  }));
  const patch = (p: Partial<ActInput>) => setInput((v) => ({ ...v, ...p }));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const need = needs[act];
  const [asked] = useDebouncedValue(input, 250);
  const preview = useQuery({
    queryKey: [
      "consequences",
      "booking act",
      act,
      booking.id,
      booking.version,
      need.at ? asked.at : "",
      asked.text !== "",
    ],
    // A reason is asked for when the act is done; the consequences do not depend on it.
    queryFn: () => doAct(act, booking, { ...asked, text: asked.text || "?" }, true),
    enabled: need.preview,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const problem = preview.isError ? asProblem(preview.error) : undefined;
  const ready = (!need.text || input.text.trim() !== "") && (!need.person || Boolean(input.person));
  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const done = await doAct(act, booking, input, false);
      await client.invalidateQueries({ queryKey: keys.all("booking") });
      notifications.show({ message: doneText(act, done, input) });
      props.onDone?.();
      onClose();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const after = preview.data;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`acts.${act}.title`, { name: `${booking.reference} ${booking.title}` })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void run();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            {t(`acts.${act}.body`, {
              environments: booking.environments.map((e) => e.name).join(", "),
              span: spanWords(booking.from, booking.to),
              holder: booking.holder?.name ?? t("nobody"),
            })}
          </Text>
          {need.at && (
            <Group align="flex-end" gap="xs">
              <TextInput
                flex={1}
                type="datetime-local"
                label={t(act === "extend" ? "acts.extend.at" : "acts.split.at")}
                value={inputOf(input.at)}
                onChange={(e) => patch({ at: momentOf(e.currentTarget.value) ?? input.at })}
              />
              {act === "extend" &&
                [1, 2, 7].map((days) => (
                  <Button
                    key={days}
                    variant="default"
                    onClick={() => patch({ at: plusDays(Date.parse(booking.to), days) })}
                  >
                    {t("acts.extend.plus", { count: days })}
                  </Button>
                ))}
            </Group>
          )}
          {need.person && (
            <RemotePicker
              label={t("acts.hand_over.to")}
              source={personPicker}
              value={input.person}
              data-autofocus
              onChange={(v, label) => patch({ person: v ?? undefined, personName: label })}
            />
          )}
          {need.textShown && (
            <Textarea
              label={t(act === "ask_holder" ? "acts.ask_holder.text" : "reason")}
              description={need.text ? undefined : t("optional")}
              data-autofocus
              autosize
              minRows={2}
              maxLength={2000}
              value={input.text}
              onChange={(e) => patch({ text: e.currentTarget.value })}
            />
          )}
          {need.preview && (
            <div aria-live="polite">
              {preview.isPending ? (
                <Skeleton h={24} />
              ) : problem ? (
                <Stack gap="xs">
                  <ProblemAlert error={problem} title={t("change.refused")} />
                  <ConflictList items={(problem.data.conflicts ?? []) as ConflictWith[]} />
                </Stack>
              ) : (
                after && <After act={act} before={booking} after={after} />
              )}
            </div>
          )}
          {error !== undefined && (
            <>
              <ProblemAlert error={error} />
              <ConflictList items={(asProblem(error).data.conflicts ?? []) as ConflictWith[]} />
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button
              type="submit"
              color={act === "reject" || act === "cancel" ? "red.8" : undefined}
              loading={busy}
              disabled={!ready || Boolean(problem) || (need.preview && preview.isPending)}
            >
              {t(`acts.${act}.verb`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function After({ act, before, after }: { act: Act; before: Booking; after: BookingAnswer }) {
  const lines = [
    act === "extend" && after.status === "requested" && before.status === "approved" && t("change.approvalAgain"),
    act === "approve" && after.status === "requested" && t("acts.approve.part"),
    (after.promoted ?? []).length > 0 &&
      t("change.promoted", { names: (after.promoted ?? []).map((p) => `${p.reference} ${p.title}`).join(", ") }),
  ].filter((l): l is string => typeof l === "string");
  return (
    <Stack gap="xs">
      {lines.map((l) => (
        <Text key={l} size="sm">
          {l}
        </Text>
      ))}
      <ConflictList title={t("free.wanted")} items={after.conflicts} />
    </Stack>
  );
}

function middle(b: Booking): number {
  const from = Date.parse(b.from);
  const half = (Date.parse(b.to) - from) / 2;
  return from + Math.max(60_000, Math.round(half / 900_000) * 900_000);
}

function doneText(act: Act, b: BookingAnswer, input: ActInput): string {
  return t(`acts.${act}.done`, {
    reference: b.reference,
    environments: b.environments.map((e) => e.name).join(", "),
    span: spanWords(b.from, b.to),
    name: input.personName ?? b.holder?.name ?? "",
    at: spanWords(iso(input.at), iso(input.at)),
  });
}
