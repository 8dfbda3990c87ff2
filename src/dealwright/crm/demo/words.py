"""Texts of demo data: the subjects of deals and activities, and the sentences of notes."""

from __future__ import annotations

DEAL_SUBJECTS = (
    "pilot",
    "first rollout",
    "rollout to all sites",
    "new branch",
    "extra licences",
    "onboarding package",
    "training days",
    "integration project",
    "support plan",
    "upgrade",
    "yearly plan",
    "replacement of the old system",
)
LOST_REASONS = (
    "Price too high",
    "Went with a competitor",
    "No budget this year",
    "No reply any more",
    "Project put on hold",
    "Missing feature",
    "Decided to build it themselves",
    "Not the right contact",
)
DEAL_LABELS = (("Hot", "red"), ("Warm", "yellow"), ("Cold", "blue"), ("Strategic", "purple"))

# The subjects of activities, by type.
ACTIVITY_SUBJECTS = {
    "call": (
        "Call about the offer",
        "Intro call",
        "Follow-up call",
        "Call to agree on a date",
        "Call about open questions",
        "Call after the demo",
    ),
    "meeting": ("Product demo", "Meeting on site", "Kick-off", "Talk about requirements", "Review of the proposal"),
    "task": (
        "Prepare the offer",
        "Update the figures",
        "Check references",
        "Get the contract checked",
        "Plan the demo",
    ),
    "deadline": ("Offer runs out", "Tender closes", "Contract ends"),
    "email": (
        "Send the offer",
        "Send the summary",
        "Send price list",
        "Ask for feedback",
        "Reminder about the contract",
    ),
    "lunch": ("Lunch with the team", "Lunch after the site visit"),
}
ACTIVITY_NOTES = (
    "Ask who else decides.",
    "They want to see the reports first.",
    "Bring the updated price list.",
    "Talk about the dates of the rollout.",
    "Check how many people will use it.",
    "Left a message, try again in the afternoon.",
    "Agenda: status, open points, next steps.",
)
NOTE_SENTENCES = (
    "They use spreadsheets today and lose a day a week with them.",
    "The budget is approved, purchasing has to sign.",
    "The price is fine, the dates are not yet.",
    "They asked for two references from the same trade.",
    "Wants a short pilot with one team before the summer.",
    "The contract with the present supplier ends in autumn.",
    "Decision in the next board meeting.",
    "IT has questions about single sign-on and backups.",
    "They would like to pay once a year.",
    "Friendly call, no decision yet.",
    "Has to be in place before the new branch opens.",
    "They compare us with one other offer.",
    "The new contact starts next month; until then nothing moves.",
    "Sent the summary and the next steps.",
)
NOTE_POINTS = (
    "Offer with three options",
    "Date for the training",
    "Names of the key users",
    "Data protection agreement",
    "List of the sites",
    "Discount for two years",
)
COMMENTS = (
    "Good, thank you.",
    "I will call them on Monday.",
    "Can you add the figures?",
    "We had the same question last year, see the other deal.",
    "Agreed with purchasing.",
    "Please keep me posted.",
)
TEXTS = (
    "Wants everything in one place, with a clear history.",
    "Needs reports by site and by month.",
    "Two languages, one price list.",
    "Imports from the old system are a must.",
    "Only works if the warehouse can use it on a phone.",
)
COMPETITORS = ("Own spreadsheet", "Present supplier", "Local agency", "In-house tool", "None")
LEAD_SUBJECTS = (
    "enquiry",
    "request for a demo",
    "question about prices",
    "met at the trade fair",
    "asked to be called back",
)

# Mail: what it is about, how contacts begin and answer, and how the company does.
MAIL_SUBJECTS = (
    "Your offer",
    "Question about the offer",
    "Date for the training",
    "Our requirements",
    "Next steps",
    "References",
    "Price list",
    "Start of the project",
)
MAIL_FROM_CONTACTS = (
    "We have talked about it, and there is one open question: how long does the rollout take?",
    "Could you send us the figures once more, with the discount for two years?",
    "The board meets next week. Can we have the offer before that?",
    "Our IT asks how backups are made, and who can read our data.",
    "That looks good. We need it in two languages, is that included?",
    "Thank you for the demo. We would like to try it with one team first.",
)
MAIL_FROM_US = (
    "As agreed, here is a summary of what we talked about.",
    "The offer is attached. It is valid until the end of next month.",
    "Thank you for your question: two weeks, and your team needs half a day for the training.",
    "I have added the second language; the price stays the same.",
    "Shall we talk about it on the phone? Tomorrow from ten to twelve suits me.",
    "Here are two customers of your trade whom you may call.",
)
MAIL_PROMOTIONS = ("Newsletter", "Invitation to the trade fair", "New delivery times", "Invoice of the canteen")
