"""The action server's side of a dialogue, and what the understanding says in it."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import texts
from actions.consider import Consider
from actions.form import ValidateReport

LAMP, LIFT, PERMIT, ACCOUNTS, NOISE = "C0406", "C0103", "C1602", "C1605", "C0303"
RESIDENCE = {"id": "residence-permit", "score": 0.5}
NUMBER = "261125-00013"
DOMAIN = {"forms": {"report_form": {"required_slots": ["matter", "same_case", "place", "confirmed"]}}}


class Talk:
    """The action server's side of a dialogue: slots are kept from one message to the next."""

    def __init__(self, **facts):
        self.facts = {"message_seq": 0, **facts}
        self.slots, self.filled, self.events, self.messages = {}, {}, [], []
        self.loop = None

    async def hears(self, text, action=None, *, intent="report", entities=None, **understood):
        self.facts = {**self.facts, "message_seq": self.facts["message_seq"] + 1}
        self.latest = {
            "text": text,
            "intent": {"name": intent},
            "understanding": understood,
            "metadata": self.facts,
            "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
        }
        self.events.append({"event": "user", "metadata": self.facts})
        self.messages = []
        return await self.runs(action or Consider())

    async def runs(self, action):
        dispatcher = CollectingDispatcher()
        tracker = Tracker(
            "1-1", self.slots, self.latest, self.events, False, None, {"name": self.loop}, "action_listen"
        )
        events = await action.run(dispatcher, tracker, DOMAIN)
        self.filled = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        self.slots |= self.filled
        self.loop = next((event["name"] for event in events if event["event"] == "active_loop"), self.loop)
        self.events += [{"event": "bot", "text": message.get("text")} for message in dispatcher.messages]
        self.messages += dispatcher.messages
        return self

    async def answers(self, asked, text, **heard):
        """The slots that an answer fills in the open form, which has asked for `asked`: {} when it is none for it."""
        self.slots["requested_slot"] = asked
        await self.hears(text, ValidateReport(), **heard)
        return self.filled

    async def presses(self, code):
        return await self.hears("/choose_category", intent="choose_category", entities={"category": code})

    @property
    def commands(self):
        return [message["custom"] for message in self.messages if message.get("custom")]

    @property
    def named(self):
        return [(command["command"], command.get("category")) for command in self.commands]

    @property
    def said(self):
        return [message["text"] for message in self.messages if message.get("text")]

    @property
    def offered(self):
        """The buttons above the doors."""
        every = [button for message in self.messages for button in message.get("buttons") or []]
        return [button for button in every if button not in texts.DOORS]

    @property
    def heard_matters(self):
        matter = self.slots["matter"]
        return [matter["subcategory"], *(one["subcategory"] for one in matter["also"])]


def understood(code, kind="求助", **more):
    disposition = "answer" if code == PERMIT else "register"
    return {"subcategory": code, "type": kind, "disposition": disposition, "doubt": None, **more}


def close(first, second, **more):
    return understood(first, doubt="close", candidates=[[first, 0.48], [second, 0.42], ["C9903", 0.05]], **more)


def told(*matters):
    return [{"subcategory": code, "type": kind, "confidence": 0.9} for code, kind in matters]
