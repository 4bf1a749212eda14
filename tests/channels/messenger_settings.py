"""Settings with all three messengers connected by webhook, to providers that are not there."""

SECRET = "a-secret-of-sixteen-letters"
PHONE, PAGE = "106540352242922", "100200300400500"
SETTINGS = {
    "public_url": "https://wegwijs.example",
    "rasa_enabled": False,
    "telegram_token": "1000001:token",
    "telegram_webhook_secret": SECRET,
    "telegram_api": "http://127.0.0.1:9",
    "graph_api": "http://127.0.0.1:9",
    "whatsapp_token": "t",
    "whatsapp_phone_number_id": PHONE,
    "whatsapp_app_secret": SECRET,
    "whatsapp_verify_token": "v",
    "messenger_token": "t",
    "messenger_page_id": PAGE,
    "messenger_app_secret": SECRET,
    "messenger_verify_token": "v",
}
