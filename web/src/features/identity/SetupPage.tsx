import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useUrl } from "@/lib/url";
import { Gate } from "./Gate";
import { NewPassword, passwordRules } from "./NewPassword";
import { t } from "./text";

/** Creates the first administrator, with the link the server printed. */
export function SetupPage() {
  const { search } = useUrl();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { name: "", email: "", password: "", again: "" },
    validate: {
      name: (v) => (v.trim() ? null : t("setup.needName")),
      email: (v) => (/^\S+@\S+$/.test(v.trim()) ? null : t("setup.needEmail")),
      ...passwordRules,
    },
  });
  const token = search.token;
  if (!token) {
    return (
      <Gate title={t("setup.title")}>
        <Alert variant="default" icon={<IconLink />} title={t("setup.noToken")}>
          {t("setup.noTokenBody")}
        </Alert>
      </Gate>
    );
  }
  return (
    <Gate title={t("setup.title")} about={t("setup.about")}>
      <form
        noValidate
        onSubmit={async (e) => {
          e.preventDefault();
          const done = await send(({ name, email, password }) =>
            ok(api.POST("/api/v1/setup", { body: { token, name: name.trim(), email: email.trim(), password } })),
          );
          if (done) {
            client.clear();
            await navigate({ to: "/", replace: true });
          }
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} title={t("setup.failed")} />}
          <TextInput label={t("setup.name")} autoComplete="name" autoFocus {...form.getInputProps("name")} />
          <TextInput label={t("setup.email")} type="email" autoComplete="username" {...form.getInputProps("email")} />
          <NewPassword form={form} />
          <Button type="submit" loading={busy} fullWidth mt="xs">
            {t("setup.submit")}
          </Button>
        </Stack>
      </form>
    </Gate>
  );
}
