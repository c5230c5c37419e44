import { ActionIcon, Menu, SegmentedControl, Text, useMantineColorScheme } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconKey, IconLogout, IconUser } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useMe } from "@/api/session";
import { t } from "./text";

export function MeMenu() {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  const signOut = async () => {
    try {
      await ok(api.POST("/api/v1/auth/sign-out"));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status !== 401) {
        notifications.show({ color: "red", title: t("me.signOutFailed"), message: problem.message });
        return;
      }
    }
    await navigate({ to: "/sign-in", replace: true });
    client.clear();
  };

  return (
    <Menu width={260}>
      <Menu.Target>
        <ActionIcon aria-label={t("me.menu")}>
          <IconUser size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} fz="sm" c="var(--mantine-color-text)">
            {me?.person?.name}
          </Text>
          <Text fz="xs">{me?.person?.email}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("me.theme")}</Menu.Label>
        <SegmentedControl
          fullWidth
          size="xs"
          mx={8}
          mb={8}
          aria-label={t("me.theme")}
          value={colorScheme}
          onChange={(v) => setColorScheme(v as "light" | "dark" | "auto")}
          data={[
            { value: "light", label: t("me.light") },
            { value: "dark", label: t("me.dark") },
            { value: "auto", label: t("me.auto") },
          ]}
          style={{ width: "calc(100% - 16px)" }}
        />
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings/tokens" leftSection={<IconKey size={16} />}>
          {t("me.tokens")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          {t("me.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
