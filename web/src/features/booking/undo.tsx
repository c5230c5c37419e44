import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/api/problem";
import { t } from "./text";

/** A button in a notice that takes back what the notice tells; what came of it replaces the notice. */
export function undoButton(notice: string, after: () => void, undo: () => Promise<string>) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={async () => {
        try {
          notifications.update({ id: notice, message: await undo(), autoClose: 6_000 });
        } catch (error) {
          notifications.update({ id: notice, color: "red", message: asProblem(error).message, autoClose: false });
        }
        after();
      }}
    >
      {t("undo")}
    </Button>
  );
}
