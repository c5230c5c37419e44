import { Button, Checkbox, Group, Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { CopyOnce } from "@/components/CopyOnce";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { dayOf, endOfDay } from "@/lib/day";
import { useUnitScope } from "@/lib/url";
import { type Invitation, invite } from "./invite";
import { type Person, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  email: string;
  unitId: string;
  validUntil: string;
  phone: string;
  location: string;
  timeZone: string;
  notificationEmail: string;
}

function valuesOf(p: Person): Values {
  return {
    name: p.name,
    email: p.email,
    unitId: p.unitId,
    validUntil: dayOf(p.validUntil),
    phone: p.phone ?? "",
    location: p.location ?? "",
    timeZone: p.timeZone ?? "",
    notificationEmail: p.notificationEmail ?? "",
  };
}

export function inviteWords(link: Invitation): string {
  return link.mailed
    ? t("persons.inviteMailed", { email: link.email })
    : t("persons.inviteHandOver", { name: link.name });
}

/** Adds a person, or edits one; a person added may be invited at once. */
export function PersonForm({ person, opened, onClose }: { person?: Person; opened: boolean; onClose: () => void }) {
  const [link, setLink] = useState<Invitation>();
  const close = () => {
    setLink(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={
        link
          ? t("persons.inviteDone", { name: link.name })
          : person
            ? t("persons.editTitle", { name: person.name })
            : t("persons.add")
      }
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {link ? (
        <CopyOnce label={t("persons.inviteLink")} value={link.link} about={inviteWords(link)} onDone={close} />
      ) : (
        <Fields key={person?.id ?? "new"} person={person} onClose={close} onLink={setLink} />
      )}
    </Modal>
  );
}

function Fields({
  person,
  onClose,
  onLink,
}: {
  person?: Person;
  onClose: () => void;
  onLink: (link: Invitation) => void;
}) {
  const client = useQueryClient();
  const can = useCan();
  const scope = useUnitScope();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const mayInvite = can("identity.invite_person");
  const [alsoInvite, setAlsoInvite] = useState(mayInvite);
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: person
      ? valuesOf(person)
      : {
          name: "",
          email: "",
          unitId: scope ?? "",
          validUntil: "",
          phone: "",
          location: "",
          timeZone: "",
          notificationEmail: "",
        },
    validate: {
      name: (v) => (v.trim() ? null : t("persons.needName")),
      email: (v) => (/^\S+@\S+$/.test(v.trim()) ? null : t("persons.needEmail")),
      unitId: (v) => (v ? null : t("persons.needUnit")),
    },
  });
  const { values, setFieldValue } = form;
  // Where there is one unit only, there is nothing to choose.
  useEffect(() => {
    const only = units.length === 1 ? units[0] : undefined;
    if (only && !values.unitId) setFieldValue("unitId", only.id);
  }, [units, values.unitId, setFieldValue]);

  const stale = useStaleSave<Values>({
    name: person?.name ?? "",
    labels: {
      name: t("persons.name"),
      email: t("persons.email"),
      unitId: t("persons.unit"),
      validUntil: t("persons.validUntil"),
      phone: t("persons.phone"),
      location: t("persons.location"),
      timeZone: t("persons.timeZone"),
      notificationEmail: t("persons.notificationEmail"),
    },
    read: (p: Person) => valuesOf(p),
    show: (field, value) => (field === "unitId" ? unitName(String(value)) : String(value)),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/persons/{id}", {
          params: { path: { id: person?.id ?? "" }, ...version(based) },
          body: { ...v, validUntil: endOfDay(v.validUntil) as string },
        }),
      ),
  });

  const submit = async () => {
    let link: Invitation | undefined;
    let kept = true;
    const done = await send(async (v) => {
      if (person) {
        kept = await stale.save(valuesOf(person), v, person.version);
        return;
      }
      const made = await ok(
        api.POST("/api/v1/persons", {
          body: { ...v, name: v.name.trim(), email: v.email.trim(), validUntil: endOfDay(v.validUntil) ?? undefined },
        }),
      );
      if (!alsoInvite) return;
      try {
        link = await invite(made);
      } catch (error) {
        // The person exists; the invitation can be sent from their record.
        notifications.show({
          color: "red",
          title: t("persons.inviteFailed"),
          message: asProblem(error).message,
          autoClose: false,
        });
      }
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("person") });
    if (link?.link) {
      onLink(link);
      return;
    }
    if (kept) notifications.show({ message: t("saved", { name: values.name }) });
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
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput label={t("persons.name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <TextInput label={t("persons.email")} type="email" autoComplete="off" {...form.getInputProps("email")} />
          <TreeSelect
            label={t("persons.unit")}
            items={units}
            value={values.unitId}
            onChange={(id) => setFieldValue("unitId", id ?? "")}
            error={form.errors.unitId}
          />
          <TextInput label={t("persons.phone")} type="tel" {...form.getInputProps("phone")} />
          <TextInput label={t("persons.location")} {...form.getInputProps("location")} />
          <Select
            label={t("persons.timeZone")}
            searchable
            clearable
            limit={100}
            data={zones}
            value={values.timeZone || null}
            onChange={(v) => setFieldValue("timeZone", v ?? "")}
            error={form.errors.timeZone}
          />
        </SimpleGrid>
        <TextInput
          label={t("persons.notificationEmail")}
          description={t("persons.notificationAbout")}
          type="email"
          {...form.getInputProps("notificationEmail")}
        />
        <TextInput
          type="date"
          label={t("persons.validUntil")}
          description={t("persons.validAbout")}
          {...form.getInputProps("validUntil")}
        />
        {!person && mayInvite && (
          <Checkbox
            label={t("persons.inviteToo")}
            description={t("persons.inviteAbout")}
            checked={alsoInvite}
            onChange={(e) => setAlsoInvite(e.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {person ? t("persons.save") : t("persons.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}

const zones = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
