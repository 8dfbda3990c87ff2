"""Mail as it comes in: read in a time that grows with its length alone, whatever is in it."""

from dealwright.crm.values.mail.headers import Address
from dealwright.crm.values.mail.reading import Attachment, Mail, read

__all__ = ["Address", "Attachment", "Mail", "read"]
