import { Box, SimpleGrid, Stack, Title } from "@mantine/core";
import { Facts } from "@/components/Facts";
import { Slot } from "@/components/Slot";
import { Stakeholders } from "@/components/Stakeholders";
import { TimeText } from "@/components/Time";
import { useThisApplication } from "./ApplicationPage";
import { ApplicationStatus, CriticalityMark } from "./Marks";
import { t } from "./text";

export function OverviewTab() {
  const { data: a } = useThisApplication();
  if (!a) return null;
  const record = { kind: "application", id: a.id, name: a.name };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
      <Box>
        <Title order={2} mb="xs">
          {t("about")}
        </Title>
        <Facts
          items={[
            [t("key"), a.key],
            [t("unit"), a.unitName],
            [t("criticality"), <CriticalityMark key="c" value={a.criticality} />],
            [t("status"), <ApplicationStatus key="s" value={a.status} />],
            [t("vendor"), a.vendor],
            [t("description"), a.description],
            [t("aliases"), a.aliases.join(", ")],
            [t("created"), <TimeText key="n" value={a.createdAt} />],
            [t("updated"), <TimeText key="u" value={a.updatedAt} />],
          ]}
        />
        <Box mt="xl">
          <Slot part="comments" {...record} />
        </Box>
      </Box>
      <Stack gap="xl">
        <Stakeholders kind="application" id={a.id} name={a.name} />
        <Slot part="closures" {...record} />
        <Slot part="attachments" {...record} />
        <Slot part="watchers" {...record} />
      </Stack>
    </SimpleGrid>
  );
}
