"""What billing writes to members, in the language of their first profile."""

from collections.abc import Mapping

from matinee.control.billing.api import PLANS
from matinee.control.billing.api.subscriptions import Trouble
from matinee.control.members.api import Members
from matinee.control.members.api.notices import Notices
from matinee.engines.mail.port import Letter, Mail
from matinee.kernel.errors import NotFound
from matinee.kernel.ids import AccountId
from matinee.wire.events import BillingNotice, Envelope, unseal

_PLANS = {plan.id: plan.name for plan in PLANS}
# Kind, then language: subject and text. `{plan}` is the plan's name, `{url}` the page.
_TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "payment_failed": {
        "en": (
            "Your payment did not go through",
            "We could not take the payment for your {plan} plan. You can go on watching, and we will try again.\n\n"
            "Look at how you pay: {url}\n",
        ),
        "es": (
            "Tu pago no se ha completado",
            "No hemos podido cobrar tu plan {plan}. Puedes seguir viendo; volveremos a intentarlo.\n\n"
            "Revisa tu forma de pago: {url}\n",
        ),
        "ar": (
            "لم تتم عملية الدفع",
            "تعذّر تحصيل ثمن باقة {plan}. يمكنك متابعة المشاهدة، وسنحاول مرة أخرى.\n\nراجع طريقة الدفع: {url}\n",
        ),
        "ja": (
            "お支払いを確認できませんでした",
            "{plan} プランのお支払いができませんでした。引き続きご視聴いただけます。後ほど再度お支払いを試みます。\n\n"
            "お支払い方法の確認: {url}\n",
        ),
    },
    "recovered": {
        "en": ("Your payment went through", "Thank you: your {plan} plan is paid.\n"),
        "es": ("Tu pago se ha completado", "Gracias: tu plan {plan} está pagado.\n"),
        "ar": ("تمت عملية الدفع", "شكرًا لك: تم دفع ثمن باقة {plan}.\n"),
        "ja": ("お支払いが完了しました", "ありがとうございます。{plan} プランのお支払いが完了しました。\n"),
    },
    "plan_ended": {
        "en": (
            "Your plan has ended",
            "The payment for your {plan} plan never came, so the plan has ended. You owe nothing.\n\nCome back: {url}\n",
        ),
        "es": (
            "Tu plan ha terminado",
            "El pago de tu plan {plan} no llegó y el plan ha terminado. No debes nada.\n\nVuelve cuando quieras: {url}\n",
        ),
        "ar": (
            "انتهت باقتك",
            "لم يصل ثمن باقة {plan}، فانتهت الباقة. لا شيء عليك.\n\nعُد متى شئت: {url}\n",
        ),
        "ja": (
            "プランが終了しました",
            "{plan} プランのお支払いが確認できなかったため、プランは終了しました。未払い金はありません。\n\n再開する: {url}\n",
        ),
    },
    "trial_ended": {
        "en": (
            "Your trial has ended",
            "Your trial of the {plan} plan is over, and nothing was charged.\n\nTo go on watching, add a way to pay: {url}\n",
        ),
        "es": (
            "Tu prueba ha terminado",
            "La prueba del plan {plan} ha terminado y no se ha cobrado nada.\n\nPara seguir viendo, añade una forma de pago: {url}\n",
        ),
        "ar": (
            "انتهت فترتك التجريبية",
            "انتهت تجربة باقة {plan} دون أي رسوم.\n\nلمتابعة المشاهدة أضف طريقة دفع: {url}\n",
        ),
        "ja": (
            "無料体験が終了しました",
            "{plan} プランの無料体験が終了しました。料金は発生していません。\n\n引き続きご視聴いただくには、お支払い方法を追加してください: {url}\n",
        ),
    },
}


class Letters:
    def __init__(self, members: Members, notices: Notices, mail: Mail, *, url: str) -> None:
        self._members = members
        self._notices = notices
        self._mail = mail
        self._url = url

    async def note(self, envelope: Envelope, trouble: Trouble | None) -> None:
        """`trouble`: as it stands now. A payment that came in the meantime is no news."""
        if envelope.type != BillingNotice.type:
            return
        notice = unseal(envelope, BillingNotice)
        texts = _TEXTS.get(notice.kind)
        if texts is None:
            return
        try:
            account = await self._members.account(AccountId(notice.account_id))
        except NotFound:
            return  # gone in the meantime: nobody to write to
        if notice.kind == "payment_failed" and trouble is not None:
            values = {
                "amount": str(trouble.owed.minor_units),
                "currency": trouble.owed.currency,
                "until": trouble.ends_at.isoformat(),
            }
            await self._notices.post(account.id, None, "payment_failed", values, key=envelope.id)
        profiles = await self._members.profiles(account.id)
        language = profiles[0].language if profiles else "en"
        subject, text = texts.get(language, texts["en"])
        filled = text.format(plan=_PLANS.get(notice.plan, notice.plan), url=f"{self._url}/account/plan")
        # The event's id is the letter's: told twice, it is sent once.
        await self._mail.send(Letter(envelope.id, account.email, subject, filled, envelope.at))
