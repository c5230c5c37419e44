import {
  ActionIcon,
  Button,
  ColorInput,
  Group,
  Modal,
  SimpleGrid,
  Stack,
  Switch,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { environmentPicker, groupPicker } from "@/api/lookups";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { Sortable } from "@/components/Sortable";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { fromMinute, minuteOf } from "@/lib/day";
import { CardFields } from "./CardFields";
import { DryRun } from "./DryRun";
import { HeadFields, type HeadValues, headBody, readHead, startHead } from "./fields";
import { ImpactList } from "./Impact";
import { type Card, type ChangeRequest, useRefresh } from "./queries";
import type { CardDraft } from "./rules";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type Values = HeadValues & {
  cards: CardDraft[];
  inOrder: boolean;
  onSchedule: boolean;
  colour: string;
  withOutage: boolean;
  outageFrom: string;
  outageTo: string;
  book: boolean;
};

const readCard = (c: Card): CardDraft => ({
  key: c.id,
  id: c.id,
  environment: c.environment?.id,
  group: c.group?.id,
  name: c.environment?.name ?? c.group?.name ?? "",
  note: c.note ?? "",
  targets: c.targets,
  hosts: c.hosts,
});

const read = (r: ChangeRequest): Values => ({
  ...readHead(r),
  cards: r.cards.map(readCard),
  inOrder: r.inOrder,
  onSchedule: r.onSchedule,
  colour: r.ownColour ?? "",
  withOutage: Boolean(r.outage),
  outageFrom: minuteOf(r.outage?.from ?? r.from),
  outageTo: minuteOf(r.outage?.to ?? r.to),
  book: false,
});

/** Asks for a change of environments, or changes what was asked; the server says whom it hits before it is saved. */
export function ChangeRequestForm({
  request: r,
  bench,
  onClose,
  onSaved,
}: {
  request?: ChangeRequest;
  /** The release whose maintenance bench it is made on. */
  bench?: string;
  onClose: () => void;
  onSaved?: (r: ChangeRequest) => void;
}) {
  useFocusBack();
  const refresh = useRefresh("environment_change_request");
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const [base] = useState<Values>(() => {
    if (r) return read(r);
    const head = startHead();
    return {
      ...head,
      release: bench ?? "",
      cards: [],
      inOrder: false,
      onSchedule: true,
      colour: "",
      withOutage: false,
      outageFrom: head.from,
      outageTo: head.to,
      book: false,
    };
  });
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const v = form.getValues();
  const outageWrong = v.withOutage && (!v.outageFrom || !v.outageTo || v.outageFrom >= v.outageTo);
  const bodyOf = (x: Values) => {
    const head = headBody(x);
    const from = fromMinute(x.outageFrom);
    const to = fromMinute(x.outageTo);
    if (!head || (x.withOutage && (!from || !to || from >= to))) return undefined;
    return {
      ...head,
      inOrder: x.inOrder,
      onSchedule: x.onSchedule,
      cards: x.cards.map(({ id, environment, group, note, targets, hosts }) => ({
        id,
        environment,
        group,
        note: note.trim(),
        // A name stands in answers only.
        targets: targets.filter((x) => x.application || x.component).map(({ name: _, ...target }) => target),
        hosts,
      })),
      outage: x.withOutage && from && to ? { from, to } : undefined,
    };
  };
  const body = bodyOf(v);
  const put = (x: Values, version: number, dryRun = false) => {
    const sent = bodyOf(x);
    return ok(
      api.PATCH("/api/v1/environment-change-requests/{id}", {
        params: { path: { id: r?.id ?? "" }, query: { dryRun }, header: { "If-Match": ifMatch(version) } },
        body: { ...sent, outage: sent?.outage ?? null, colour: x.colour || null, assignee: x.assignee },
      }),
    );
  };
  const newBody = body && {
    ...body,
    colour: v.colour || undefined,
    assignee: v.assignee ?? undefined,
    book: v.book,
    bench: bench ? true : undefined,
  };
  const [asked] = useDebouncedValue(JSON.stringify(newBody ?? null), 600);
  const dry = useQuery({
    queryKey: ["consequences", "environment_change_request", r?.id ?? "new", asked],
    queryFn: () =>
      r
        ? put(v, r.version, true)
        : ok(
            api.POST("/api/v1/environment-change-requests", {
              params: { query: { dryRun: true } },
              body: JSON.parse(asked),
            }),
          ),
    enabled: asked !== "null",
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const stale = useStaleSave<Values>({
    name: r?.reference ?? "",
    labels: {
      title: t("titleField"),
      description: t("description"),
      type: t("type"),
      unitId: t("unit"),
      release: t("release"),
      phase: t("phase"),
      from: t("from"),
      to: t("to"),
      assignee: t("assignee"),
      cards: t("cards.title"),
      inOrder: t("cards.inOrder"),
      onSchedule: t("form.onSchedule"),
      colour: t("form.colour"),
      withOutage: t("outage.title"),
      outageFrom: t("outage.from"),
      outageTo: t("outage.to"),
      book: t("form.book"),
    },
    read: (record) => read(record as ChangeRequest),
    put: (x, version) => put(x, version),
    show: (field, value) =>
      field === "cards"
        ? (value as CardDraft[]).map((c) => c.name).join(", ")
        : typeof value === "boolean"
          ? value
            ? t("yes")
            : t("no")
          : typeof value === "object" && value !== null
            ? JSON.stringify(value)
            : undefined,
  });
  const save = async () => {
    let saved: ChangeRequest | undefined;
    let done = true;
    const sent = await send(async (x) => {
      if (r) done = await stale.save(base, x, r.version);
      else if (newBody) saved = await ok(api.POST("/api/v1/environment-change-requests", { body: newBody }));
      await refresh();
    });
    if (!sent || !done) return;
    notifications.show({ message: t("kinds.environment_change_request.saved") });
    onClose();
    if (saved) onSaved?.(saved);
  };
  const addCard = (place: { environment?: string; group?: string }, name = "") => {
    if (v.cards.some((c) => (place.environment ? c.environment === place.environment : c.group === place.group)))
      return;
    const key = place.environment ?? place.group ?? "";
    form.setFieldValue("cards", [...v.cards, { key, ...place, name, note: "", targets: [], hosts: [] }]);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      closeOnClickOutside={!form.isDirty()}
      fullScreen={phone}
      title={
        r
          ? t("kinds.environment_change_request.edit")
          : bench
            ? t("bench.add")
            : t("kinds.environment_change_request.add")
      }
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {problem && !dry.error && <ProblemAlert error={problem} />}
          <HeadFields kind="environment_change_request" form={form} bench={bench} />
          <Title order={3} mt="xs">
            {t("cards.title")}
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <RemotePicker
              key={`e${v.cards.length}`}
              label={t("cards.addEnvironment")}
              source={environmentPicker}
              value={null}
              onChange={(environment, name) => environment && addCard({ environment }, name)}
            />
            <RemotePicker
              key={`g${v.cards.length}`}
              label={t("cards.addGroup")}
              source={groupPicker}
              value={null}
              onChange={(group, name) => group && addCard({ group }, name)}
            />
          </SimpleGrid>
          {v.cards.length > 0 && (
            <Sortable
              label={t("cards.title")}
              rows={v.cards.map((c) => ({ ...c, id: c.key }))}
              name={(c) => c.name}
              onOrder={(rows) => {
                const by = new Map(v.cards.map((c) => [c.key, c]));
                form.setFieldValue(
                  "cards",
                  rows.flatMap((row) => by.get(row.key) ?? []),
                );
              }}
            >
              {(c) => (
                <>
                  <CardFields
                    card={c}
                    onChange={(patch) =>
                      form.setFieldValue(
                        "cards",
                        form.getValues().cards.map((x) => (x.key === c.key ? { ...x, ...patch } : x)),
                      )
                    }
                  />
                  <ActionIcon
                    aria-label={t("cards.remove", { name: c.name })}
                    onClick={() =>
                      form.setFieldValue(
                        "cards",
                        v.cards.filter((x) => x.key !== c.key),
                      )
                    }
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </>
              )}
            </Sortable>
          )}
          <Switch
            label={t("cards.inOrder")}
            description={t("cards.inOrderAbout")}
            {...form.getInputProps("inOrder", { type: "checkbox" })}
          />
          <Title order={3} mt="xs">
            {t("outage.title")}
          </Title>
          <Switch
            label={t("outage.with")}
            description={t("outage.about")}
            checked={v.withOutage}
            onChange={(e) => {
              form.setFieldValue("withOutage", e.currentTarget.checked);
              if (e.currentTarget.checked && !r?.outage) {
                form.setFieldValue("outageFrom", v.from);
                form.setFieldValue("outageTo", v.to);
              }
            }}
          />
          {v.withOutage && (
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
              <TextInput type="datetime-local" label={t("outage.from")} {...form.getInputProps("outageFrom")} />
              <TextInput
                type="datetime-local"
                label={t("outage.to")}
                {...form.getInputProps("outageTo")}
                error={outageWrong ? t("endBeforeStart") : (form.errors.outage ?? undefined)}
              />
            </SimpleGrid>
          )}
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <Switch
              mt={{ base: 0, sm: 28 }}
              label={t("form.onSchedule")}
              {...form.getInputProps("onSchedule", { type: "checkbox" })}
            />
            <ColorInput
              label={t("form.colour")}
              description={t("form.colourAbout")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              format="hex"
              eyeDropperButtonProps={{ "aria-label": t("form.pick") }}
              {...form.getInputProps("colour")}
            />
          </SimpleGrid>
          {!r && (
            <Switch
              label={t("form.book")}
              description={t("form.bookAbout")}
              {...form.getInputProps("book", { type: "checkbox" })}
            />
          )}
          <DryRun
            show={Boolean(body) && asked !== "null"}
            loading={dry.isPending}
            error={dry.error}
            consequences={dry.data?.consequences}
          />
          {body && dry.data && v.cards.length > 0 && (
            <>
              <Title order={3}>{t("impact.title")}</Title>
              <ImpactList impact={dry.data.impact} />
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!body}>
              {r ? t("save") : t("form.ask")}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}
