using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Elsa;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Elsa;

/// <summary>Answers in the shapes that Elsa Studio reads: camelCase, nulls written, dates with their offset.</summary>
internal static class ElsaAnswer
{
    public static ContentHttpResult Json(JsonNode node) => TypedResults.Text(ElsaJson.Line(node), "application/json; charset=utf-8");

    public static ContentHttpResult List(IEnumerable<JsonNode?> items)
    {
        JsonArray all = [.. items];
        return Json(new JsonObject { ["items"] = all, ["count"] = all.Count });
    }

    public static JsonObject Paged(IEnumerable<JsonNode?> items, int total) => new() { ["items"] = new JsonArray([.. items]), ["totalCount"] = total };

    public static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);

    public static JsonNode? Time(DateTimeOffset? at) => at is { } known ? Time(known) : null;

    /// <summary>A link, by which Elsa Studio knows what it may offer.</summary>
    public static JsonObject Link(string rel, string href, string method = "POST") => new() { ["href"] = href, ["rel"] = rel, ["method"] = method };

    /// <summary>Whether who asks may change and run things.</summary>
    public static bool MayEdit(this ClaimsPrincipal user) => Array.Exists(Permissions.RolesFor(Permissions.Edit), user.IsInRole);
}
