import { Button, Group, Modal, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { personPicker, serviceAccountPicker, teamPicker, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { endOfDay } from "@/lib/day";
import { useUnitScope } from "@/lib/url";
import { useRoles } from "./queries";
import { t } from "./text";

type Kind = "person" | "team" | "service";
interface Values extends Record<string, unknown> {
  subjectKind: Kind;
  subjectId: string;
  roleId: string;
  unitId: string;
  expiresAt: string;
}

export function GrantForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("grants.addTitle")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields onClose={onClose} />
    </Modal>
  );
}

const pickers = { person: personPicker, team: teamPicker, service: serviceAccountPicker };

function Fields({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const can = useCan();
  const roles = useRoles();
  const { data: units = [] } = useUnits();
  const scope = useUnitScope();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: { subjectKind: "person", subjectId: "", roleId: "", unitId: scope ?? "", expiresAt: "" },
    validate: {
      subjectId: (v) => (v ? null : t("grants.needSubject")),
      roleId: (v) => (v ? null : t("grants.needRole")),
      unitId: (v) => (v ? null : t("grants.needUnit")),
    },
  });
  const v = form.values;
  const kinds = (["person", "team", "service"] as const).filter(
    (k) => k !== "service" || can("identity.view_service_account"),
  );
  const submit = async () => {
    const done = await send(({ expiresAt, ...rest }) =>
      ok(api.POST("/api/v1/grants", { body: { ...rest, expiresAt: endOfDay(expiresAt) ?? undefined } })),
    );
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("grant") });
    notifications.show({ message: t("grants.granted", { role: roles.data?.find((r) => r.id === v.roleId)?.name }) });
    onClose();
  };
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <SegmentedControl
          aria-label={t("grants.subjectKind")}
          value={v.subjectKind}
          onChange={(k) => form.setValues({ subjectKind: k as Kind, subjectId: "" })}
          data={kinds.map((k) => ({ value: k, label: t(`grants.kinds.${k}`) }))}
        />
        <RemotePicker
          key={v.subjectKind}
          label={t(`grants.kinds.${v.subjectKind}`)}
          source={pickers[v.subjectKind]}
          value={v.subjectId || null}
          onChange={(id) => form.setFieldValue("subjectId", id ?? "")}
          error={form.errors.subjectId}
        />
        <Select
          label={t("grants.role")}
          searchable
          data={(roles.data ?? []).map((r) => ({ value: r.id, label: r.name }))}
          value={v.roleId || null}
          onChange={(id) => form.setFieldValue("roleId", id ?? "")}
          error={form.errors.roleId}
        />
        <TreeSelect
          label={t("grants.unit")}
          items={units}
          value={v.unitId}
          onChange={(id) => form.setFieldValue("unitId", id ?? "")}
          error={form.errors.unitId}
        />
        <TextInput
          type="date"
          label={t("grants.expires")}
          description={t("grants.expiresAbout")}
          {...form.getInputProps("expiresAt")}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("grants.grant")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
