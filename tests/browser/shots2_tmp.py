from playwright.async_api import expect
from tests.browser.test_case_list import filed

SIZES = {
    "683": {"width": 683, "height": 384},
    "360": {"width": 360, "height": 800},
    "1366": {"width": 1366, "height": 768},
    "911": {"width": 911, "height": 512},
}


async def test_shots(visit, lived_in, desk):
    await filed(desk, "门口的路灯不亮，晚上老人出门害怕。" * 40)
    for name, size in SIZES.items():
        page = await visit("/desk#/cases", size, "陈主任")
        await expect(page.locator("#cases tbody tr").first).to_be_visible()
        await page.get_by_role("button", name="知道了，停止响铃").click()
        await page.wait_for_timeout(200)
        await page.screenshot(path=f"/tmp/fxf_shots/cases-{name}.png")
        await page.close()
    page = await visit("/admin", SIZES["1366"], "陈主任")
    await page.locator(".tile .figure-link").nth(1).click()
    await expect(page.locator("#listing tbody tr").first).to_be_visible()
    await page.screenshot(path="/tmp/fxf_shots/cases-admin.png")
