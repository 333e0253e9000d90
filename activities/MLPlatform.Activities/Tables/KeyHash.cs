using System.Globalization;

namespace MLPlatform.Activities.Tables;

/// <summary>A choice by the hash of columns: seeded, the same for equal values, and never changing.</summary>
internal static class KeyHash
{
    /// <summary>An SQL condition that holds for about <paramref name="fraction"/> of the keys.</summary>
    // MD5 stays the same over versions of the database, which its own hash does not. Lengths keep ('a','bc') apart from ('ab','c').
    public static string Below(long seed, IEnumerable<string> columns, double fraction)
    {
        string key = string.Join(" || ", columns.Select(c =>
            $"COALESCE(length({DuckSession.Name(c)}::VARCHAR) || ':' || {DuckSession.Name(c)}::VARCHAR, '-')"));
        return string.Create(CultureInfo.InvariantCulture,
            $"md5_number_lower('{seed}|' || {key}) % 1000000 < {(long)Math.Round(fraction * 1_000_000)}");
    }
}
