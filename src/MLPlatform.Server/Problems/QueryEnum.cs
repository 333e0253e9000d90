using Microsoft.AspNetCore.Http.HttpResults;

namespace MLPlatform.Server.Problems;

/// <summary>Values of a query that are one of a few: written as answers write them, whatever their case. Binding by itself takes only <c>Firing</c>.</summary>
internal static class QueryEnum
{
    /// <param name="what">What it is, for the message: <c>alarm state</c>.</param>
    /// <returns>The value, null where none is given; or the problem with it.</returns>
    public static (T? Value, ProblemHttpResult? Problem) Read<T>(string? text, string what)
        where T : struct, Enum
    {
        if (text is null)
            return (null, null);
        return text.Length > 0 && char.IsLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? (value, null)
            : (null, Problem.BadRequest($"There is no {what} '{text}'.", $"It is one of {string.Join(", ", Enum.GetNames<T>().Select(n => char.ToLowerInvariant(n[0]) + n[1..]))}."));
    }
}
