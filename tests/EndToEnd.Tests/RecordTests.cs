using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

/// <summary>Rules, users of the broker and the record of changes over the API of a whole site.</summary>
public sealed class RecordTests
{
    [Fact]
    public async Task An_operator_sets_a_rule_sees_its_alarm_acknowledges_it_and_is_in_the_record()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/rules/hot", new { kind = "Value", topic = "plant/+/heat", threshold = 90 });
        using var wrong = await site.Http.PutAsJsonAsync("api/rules/none", new { kind = "Silence", topic = "a" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("holdSeconds must say how long the silence is", await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await using var client = await Clients.ConnectAsync(site.MqttPort, "press");
        await client.PublishAsync("plant/1/heat", "97.5"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        JsonElement alarm = default;
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/alarms")).EnumerateArray().Any(one => (alarm = one).GetProperty("rule").GetString() == "hot"),
            TimeSpan.FromSeconds(30), () => site.Output);
        Assert.Equal("hot: 97.5, at least 90.", alarm.GetProperty("message").GetString());
        var id = alarm.GetProperty("id").GetString();
        using var seen = await site.Http.PostAsync($"api/alarms/{id}/acknowledge?note=on%20my%20way", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, seen.StatusCode);
        var step = (await site.GetAsync($"api/alarms/{id}/history"))[1];
        Assert.Equal(
            ("acknowledged", "127.0.0.1", "on my way"),
            (step.GetProperty("change").GetString(), step.GetProperty("userName").GetString(), step.GetProperty("note").GetString()));

        using var removed = await site.Http.DeleteAsync("api/rules/hot", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal("Cleared", (await site.GetAsync("api/alarms"))[0].GetProperty("state").GetString());
        Assert.Equal(
            ["127.0.0.1 remove rule/hot", "127.0.0.1 put rule/hot"],
            (await site.GetAsync("api/audit")).EnumerateArray().Select(change =>
                $"{change.GetProperty("who").GetString()} {change.GetProperty("what").GetString()} {change.GetProperty("item").GetString()}"));
        Assert.Empty((await site.GetAsync("api/transfers")).GetProperty("transfers").EnumerateArray());
    }

    [Fact]
    public async Task A_user_in_the_database_logs_in_until_shut_out_and_no_answer_has_the_password_or_its_hash()
    {
        var settings = new Dictionary<string, string> { ["Weir__Mqtt__DatabaseUsers"] = "true", ["Weir__Mqtt__Security__FailureDelay"] = "00:00:00" };
        await using var site = await SiteProcess.StartWithAsync(settings, null, "--no-demo");
        Assert.Equal(ReasonCode.NotAuthorized, (await Assert.ThrowsAsync<MqttException>(() => Clients.ConnectAsync(site.MqttPort, "nobody"))).Reason);
        using var tooShort = await site.Http.PutAsJsonAsync("api/users/press", new { password = "short" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, tooShort.StatusCode);
        using var none = await site.Http.PutAsJsonAsync("api/users/press", new { enabled = true }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        await site.PutAsync("api/users/press", new { password = "correct horse" });

        await using var client = await ConnectAsync(site, "correct horse");
        var wrong = await Assert.ThrowsAsync<MqttException>(() => ConnectAsync(site, "wrong horse"));
        Assert.True(wrong.Reason == ReasonCode.BadUserNameOrPassword, $"{wrong}\n{site.Output}");
        await site.PutAsync("api/users/press", new { enabled = false });
        Assert.Equal(ReasonCode.AdministrativeAction, await client.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        var refused = await Assert.ThrowsAsync<MqttException>(() => ConnectAsync(site, "correct horse"));
        Assert.True(refused.Reason == ReasonCode.BadUserNameOrPassword, $"{refused}\n{site.Output}");

        var users = await site.Http.GetStringAsync("api/users", TestContext.Current.CancellationToken);
        var audit = await site.Http.GetStringAsync("api/audit", TestContext.Current.CancellationToken);
        Assert.Contains("\"name\":\"press\",\"enabled\":false", users, StringComparison.Ordinal);
        Assert.Contains("user/press", audit, StringComparison.Ordinal);
        Assert.All((string[])[users, audit, site.Output], text =>
        {
            Assert.DoesNotContain("pbkdf2", text, StringComparison.Ordinal);
            Assert.DoesNotContain("horse", text, StringComparison.Ordinal);
        });
        using var removed = await site.Http.DeleteAsync("api/users/press", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
    }

    private static async Task<MqttClient> ConnectAsync(SiteProcess site, string password)
    {
        var client = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1", Port = site.MqttPort, ClientId = "press", UserName = "press", Password = System.Text.Encoding.UTF8.GetBytes(password),
            // The check of a password is slow on purpose, and the machine may have much else to do.
            ConnectTimeout = TimeSpan.FromMinutes(1),
        });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }
}
