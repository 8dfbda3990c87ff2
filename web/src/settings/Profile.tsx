import type { ReactNode } from "react";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Details, Section } from "../ui";
import { PasswordForm } from "./PasswordForm";
import { Sessions } from "./Sessions";
import { SettingsPage } from "./SettingsPage";
import { SecondFactorSection } from "./second-factor/SecondFactorSection";

const t = texts.settingsPages.profile;

/** Who one is, and how one signs in. */
export function Profile(): ReactNode {
  const { user, company } = useSession();
  return (
    <SettingsPage page="/settings/profile">
      <Section title={t.account}>
        <Details
          items={[
            [t.name, user.name],
            [t.email, user.email],
            [t.company, company.name],
            [t.timezone, user.timezone],
            [t.language, user.locale.replace("_", "-")],
          ]}
        />
      </Section>
      <Section title={t.password}>
        <PasswordForm />
      </Section>
      <Section title={t.factor}>
        <SecondFactorSection />
      </Section>
      <Sessions />
    </SettingsPage>
  );
}
