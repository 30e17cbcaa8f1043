"""Who reaches a conversation. What may not be seen is not found: whether there is a report is nobody's business either."""

from __future__ import annotations

from ..domain.errors import NoConversation, NotOwner
from ..domain.models import Conversation, User
from ..domain.sight import may_see
from .ports import Transaction


def visible(tx: Transaction, user: User, conversation_id: int) -> Conversation:
    """The conversation, if this person may see it."""
    conversation = tx.conversations.get(conversation_id)
    check_visible(user, conversation)
    return conversation


def check_visible(user: User, conversation: Conversation) -> None:
    if not may_see(user, conversation):
        raise NoConversation()


def held(tx: Transaction, user: User, conversation_id: int) -> Conversation:
    """The conversation, if it is in this person's hands."""
    conversation = visible(tx, user, conversation_id)
    if conversation.caseworker != user.username:
        raise NotOwner(owner=conversation.holder)
    return conversation
