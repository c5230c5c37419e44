import { Button, ColorInput, Group, Modal, NumberInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker, teamPicker, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ManyPicker } from "@/components/ManyPicker";
import { asSpan, type Drawn, type Mode, minutesIn, modes } from "./drawing";
import { t } from "./text";
import classes from "./workflow.module.css";

type Values = Omit<Drawn, "id" | "isNew">;
type Party = NonNullable<Drawn["permitted"]>[number];
const parties = ["role", "team", "unit", "person"] as const;

/** A status of a workflow; it is saved with the whole drawing. */
export function StatusForm({
  status,
  taken,
  partyNames,
  onClose,
  onSave,
}: {
  status?: Drawn;
  taken: string[];
  partyNames: Record<string, string>;
  onClose: () => void;
  onSave: (values: Values) => void;
}) {
  const [v, setV] = useState<Values>(() => {
    if (!status) return { name: "", mode: "planning", colour: "" };
    const { id: _, isNew: __, ...rest } = status;
    return rest;
  });
  const [span, setSpan] = useState(() => asSpan(status?.breachAfterMinutes));
  const put = (patch: Partial<Values>) => setV((before) => ({ ...before, ...patch }));
  const ended = v.mode === "completed" || v.mode === "cancelled";
  const twice = taken.some((n) => n.trim().toLowerCase() === v.name.trim().toLowerCase());
  const minutes = Math.round(span.amount * minutesIn[span.unit]);
  const permitted = v.permitted ?? [];
  const { data: units = [] } = useUnits();
  const roles = useQuery({
    queryKey: keys.list("role", { names: true }),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/roles", { signal }))).items,
    retry: false,
  });
  const among = (all: { id: string; name: string }[]) => async (q: string) =>
    all
      .filter((x) => x.name.toLowerCase().includes(q.toLowerCase()))
      .slice(0, 20)
      .map((x) => ({ value: x.id, label: x.name }));
  const names = {
    ...Object.fromEntries([...units, ...(roles.data ?? [])].map((x) => [x.id, x.name])),
    ...partyNames,
  };
  const sources = {
    role: { key: "role", find: among(roles.data ?? []) },
    unit: { key: "unit", find: among(units) },
    team: teamPicker,
    person: personPicker,
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={status ? t("editOf", { name: status.name }) : t("add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          // The form stands inside the page by React, not by the document: the page's forms must not hear of it.
          e.stopPropagation();
          onSave({ ...v, name: v.name.trim(), breachAfterMinutes: minutes > 0 ? minutes : undefined });
          onClose();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t("name")}
            required
            maxLength={100}
            data-autofocus
            value={v.name}
            error={twice ? t("twice") : undefined}
            onChange={(e) => put({ name: e.currentTarget.value })}
          />
          <Select
            label={t("mode")}
            description={t("modeAbout")}
            allowDeselect={false}
            data={modes.map((m) => ({ value: m, label: t(`modes.${m}`) }))}
            value={v.mode}
            onChange={(m) => m && put({ mode: m as Mode })}
          />
          <ColorInput
            label={t("colour")}
            format="hex"
            value={v.colour ?? ""}
            eyeDropperButtonProps={{ "aria-label": t("pick") }}
            onChange={(colour) => put({ colour })}
          />
          <Switch
            label={t("initial")}
            description={t("initialAbout")}
            disabled={status?.initial}
            checked={v.initial ?? false}
            onChange={(e) => put({ initial: e.currentTarget.checked || undefined })}
          />
          {!ended && (
            <>
              <Group grow align="flex-end">
                <NumberInput
                  label={t("breachAfter")}
                  description={t("breachAbout")}
                  min={0}
                  allowDecimal={false}
                  value={span.amount || ""}
                  onChange={(n) => setSpan({ ...span, amount: Number(n) || 0 })}
                />
                <Select
                  aria-label={t("breachUnit")}
                  allowDeselect={false}
                  data={(["minutes", "hours", "days"] as const).map((u) => ({ value: u, label: t(`units.${u}`) }))}
                  value={span.unit}
                  onChange={(u) => u && setSpan({ ...span, unit: u as typeof span.unit })}
                />
              </Group>
              {span.amount > 0 && (
                <>
                  <Switch
                    label={t("workingTime")}
                    checked={v.workingTime ?? false}
                    onChange={(e) => put({ workingTime: e.currentTarget.checked || undefined })}
                  />
                  <Group grow align="flex-start">
                    <ColorInput
                      label={t("breachColour")}
                      format="hex"
                      value={v.breachColour ?? ""}
                      eyeDropperButtonProps={{ "aria-label": t("pick") }}
                      onChange={(c) => put({ breachColour: c || undefined })}
                    />
                    <ColorInput
                      label={t("breachFont")}
                      format="hex"
                      value={v.breachFontColour ?? ""}
                      eyeDropperButtonProps={{ "aria-label": t("pick") }}
                      onChange={(c) => put({ breachFontColour: c || undefined })}
                    />
                  </Group>
                </>
              )}
            </>
          )}
          <Switch
            label={t("needsAssigneeLabel")}
            checked={v.needsAssignee ?? false}
            onChange={(e) => put({ needsAssignee: e.currentTarget.checked || undefined })}
          />
          <fieldset className={classes.plain}>
            <Text component="legend" size="sm" fw={600}>
              {t("permittedLabel")}
            </Text>
            <Text size="xs" c="dimmed" mb={6}>
              {t("permittedAbout")}
            </Text>
            <Stack gap="xs">
              {parties.map((kind) => (
                <ManyPicker
                  key={`${kind}${kind === "role" ? (roles.data?.length ?? 0) : ""}`}
                  label={t(`parties.${kind}`)}
                  source={sources[kind]}
                  names={names}
                  value={permitted.filter((p) => p.kind === kind).map((p) => p.id)}
                  onChange={(ids) =>
                    put({
                      permitted: [
                        ...permitted.filter((p) => p.kind !== kind),
                        ...ids.map((id): Party => ({ kind, id })),
                      ],
                    })
                  }
                />
              ))}
            </Stack>
          </fieldset>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" disabled={!v.name.trim() || twice}>
              {status ? t("apply") : t("add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
