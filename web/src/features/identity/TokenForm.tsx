import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { CopyOnce } from "@/components/CopyOnce";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { endOfDay } from "@/lib/day";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  expiresAt: string;
  narrow: boolean;
  scopes: string[];
}

type Created = Schema<"IdentityCreatedTokenView">;

/** Makes a token and shows its secret once. */
export function TokenForm({
  opened,
  onClose,
  create,
}: {
  opened: boolean;
  onClose: () => void;
  create: (body: { name: string; scopes?: string[]; expiresAt?: string }) => Promise<Created>;
}) {
  const [made, setMade] = useState<Created>();
  const close = () => {
    setMade(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      closeOnClickOutside={!made}
      title={made ? t("tokens.made", { name: made.name }) : t("tokens.add")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {made ? (
        <CopyOnce label={t("tokens.token")} value={made.token} about={t("tokens.use")} onDone={close} />
      ) : (
        <Fields create={create} onMade={setMade} onClose={close} />
      )}
    </Modal>
  );
}

function Fields({
  create,
  onMade,
  onClose,
}: {
  create: (body: { name: string; scopes?: string[]; expiresAt?: string }) => Promise<Created>;
  onMade: (made: Created) => void;
  onClose: () => void;
}) {
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: { name: "", expiresAt: "", narrow: false, scopes: [] },
    validate: {
      name: (v) => (v.trim() ? null : t("tokens.needName")),
      scopes: (v, all) => (all.narrow && v.length === 0 ? t("tokens.needScope") : null),
    },
  });
  const permissions = useQuery({
    queryKey: ["permission", "list"],
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/permissions", { signal }))).items,
    enabled: form.values.narrow,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void send(async (v) =>
          onMade(
            await create({
              name: v.name.trim(),
              expiresAt: endOfDay(v.expiresAt) ?? undefined,
              scopes: v.narrow ? v.scopes : undefined,
            }),
          ),
        );
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <TextInput
          label={t("tokens.name")}
          description={t("tokens.nameAbout")}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <TextInput
          type="date"
          label={t("tokens.expires")}
          description={t("tokens.expiresAbout")}
          {...form.getInputProps("expiresAt")}
        />
        <Checkbox label={t("tokens.narrow")} {...form.getInputProps("narrow", { type: "checkbox" })} />
        {form.values.narrow &&
          (permissions.isError ? (
            <ProblemAlert error={permissions.error} onRetry={() => void permissions.refetch()} />
          ) : (
            <Checkbox.Group
              label={t("tokens.scopes")}
              error={form.errors.scopes}
              value={form.values.scopes}
              onChange={(v) => form.setFieldValue("scopes", v)}
            >
              <Stack gap={6} mt="xs" mah={280} style={{ overflowY: "auto" }}>
                {(permissions.data ?? []).map((p) => (
                  <Checkbox key={p.permission} value={p.permission} label={p.title} />
                ))}
              </Stack>
            </Checkbox.Group>
          ))}
        {!form.values.narrow && (
          <Text size="xs" c="dimmed">
            {t("tokens.everythingOf")}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("tokens.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
