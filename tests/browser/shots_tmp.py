import asyncio, os
from playwright.async_api import expect

SIZES = {
    "683": {"width": 683, "height": 384},
    "360s": {"width": 360, "height": 400},
    "360": {"width": 360, "height": 800},
    "1366": {"width": 1366, "height": 768},
    "911": {"width": 911, "height": 512},
    "1093": {"width": 1093, "height": 614},
}


async def test_shots(visit, lived_in):
    out = "/tmp/fxf_shots/" + os.environ.get("TAG", "a")
    for name, size in SIZES.items():
        page = await visit(f"/desk#/talk/{lived_in['held']}", size, "王芳")
        await expect(page.locator("#talk-title")).to_contain_text("对话")
        await expect(page.locator("#alarm")).to_be_visible()
        await page.wait_for_timeout(300)
        await page.screenshot(path=f"{out}-{name}-alarm.png")
        await page.fill("#words", "下午三点")
        await page.wait_for_timeout(200)
        await page.screenshot(path=f"{out}-{name}-typing.png")
        print(
            name,
            await page.evaluate(
                "JSON.stringify(Object.fromEntries(['.bar','#alarm','.pane-tabs','.talk-head','#log','#composer','#send'].map(s => [s, (b => [Math.round(b.top), Math.round(b.height)])(document.querySelector(s).getBoundingClientRect())])))"
            ),
        )
        await page.get_by_role("button", name="知道了，停止响铃").click()
        await page.wait_for_timeout(200)
        await page.screenshot(path=f"{out}-{name}-quiet.png")
        await page.get_by_role("button", name="办结").click()
        await page.wait_for_timeout(200)
        await page.screenshot(path=f"{out}-{name}-menu.png")
        await page.close()
