using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.IntegrationTests.Workspaces;
using Xunit;

namespace MLPlatform.IntegrationTests.Scheduling;

/// <summary>Reservations over REST, on the machine that is there.</summary>
public sealed class ReservationTests(TokenWorkspacePlatform platform) : IClassFixture<TokenWorkspacePlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Capacity_is_held_once_extended_and_given_back_by_its_person()
    {
        using HttpClient ann = platform.ClientFor(await TokenAsync("ann")), bob = platform.ClientFor(await TokenAsync("bob"));
        const double Cores = 16; // As the platform is set up.
        DateTimeOffset from = DateTimeOffset.Parse("2100-01-01T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        object wanted = new { amount = new { cpu = Cores }, from, until = from.AddHours(2), reason = "a demo" };
        JsonElement made = await ReadAsync(await ann.PostAsJsonAsync("api/v1/reservations", wanted, Cancel), HttpStatusCode.Created);
        Assert.Equal(("ann", "booked", Cores), (made.GetProperty("person").GetString(), made.GetProperty("state").GetString(), made.GetProperty("amount").GetProperty("cpu").GetDouble()));
        Guid id = made.GetProperty("id").GetGuid();

        await ProblemAssert.IsAsync(await bob.PostAsJsonAsync("api/v1/reservations", wanted, Cancel), 409, "WORK-021");
        JsonElement after = await ReadAsync(await bob.PostAsJsonAsync("api/v1/reservations", new { amount = new { cpu = Cores }, from = from.AddHours(3), until = from.AddHours(4) }, Cancel), HttpStatusCode.Created);
        await ProblemAssert.IsAsync(await bob.PostAsJsonAsync($"api/v1/reservations/{id}/extend", new { until = from.AddHours(3) }, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await ann.PostAsJsonAsync($"api/v1/reservations/{id}/extend", new { until = from.AddHours(4) }, Cancel), 409, "WORK-021");
        JsonElement longer = await ReadAsync(await ann.PostAsJsonAsync($"api/v1/reservations/{id}/extend", new { until = from.AddHours(3) }, Cancel), HttpStatusCode.OK);
        Assert.Equal(from.AddHours(3), longer.GetProperty("until").GetDateTimeOffset());
        await ProblemAssert.IsAsync(await bob.PostAsync($"api/v1/reservations/{id}/cancel", null, Cancel), 403, "WORK-006");
        Assert.Equal("cancelled", (await ReadAsync(await ann.PostAsync($"api/v1/reservations/{id}/cancel", null, Cancel), HttpStatusCode.OK)).GetProperty("state").GetString());
        await ProblemAssert.IsAsync(await ann.PostAsync($"api/v1/reservations/{id}/cancel", null, Cancel), 409, "WORK-024");
        Assert.Equal([after.GetProperty("id").GetGuid()], (await platform.GetJsonAsync("api/v1/reservations")).EnumerateArray().Select(r => r.GetProperty("id").GetGuid()));
        Assert.Equal(2, (await platform.GetJsonAsync("api/v1/reservations?all=true")).GetArrayLength());
    }

    [Fact]
    public async Task What_cannot_be_reserved_is_said()
    {
        DateTimeOffset until = DateTimeOffset.Parse("2100-01-01T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/reservations", new { amount = new { }, from = until.AddHours(-1), until }, Cancel), 409, "WORK-020");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/reservations", new { amount = new { cpu = 1 }, until, noShow = "soon" }, Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsync($"api/v1/reservations/{Guid.NewGuid()}/cancel", null, Cancel), 404, "API-004");
    }

    private async Task<string> TokenAsync(string name)
    {
        HttpResponseMessage made = await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name, role = "editor" }, Cancel);
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("token").GetString()!;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == status, text);
        return JsonElement.Parse(text);
    }
}
