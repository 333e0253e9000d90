using DuckDB.NET.Native;
using MLPlatform.Activities.Tables;
using Xunit;

namespace MLPlatform.Tests.Tables;

/// <summary>What becomes of DuckDB's words on the way to a person.</summary>
public sealed class DuckErrorTests
{
    [Theory]
    [InlineData("\"_mlp_row\", \"age\"", "\nCandidate bindings: \"age\"\n\nLINE 1")]
    [InlineData("\"age\", \"_mlp_row\"", "\nCandidate bindings: \"age\"\n\nLINE 1")]
    [InlineData("\"s._mlp_row\", \"s.age\", \"s._mlp_rows\", \"b\"", "\nCandidate bindings: \"s.age\", \"b\"\n\nLINE 1")]
    [InlineData("\"_mlp_row\"", "clause!\n\nLINE 1")]
    [InlineData("\"age\", \"b\"", "\nCandidate bindings: \"age\", \"b\"\n\nLINE 1")]
    public void Columns_of_our_own_are_not_proposed_for_a_misspelt_one(string proposed, string expected)
    {
        string message = $"Binder Error: Referenced column \"aeg\" not found in FROM clause!\nCandidate bindings: {proposed}\n\nLINE 1: SELECT aeg";
        string said = DuckSession.Explain(message, DuckDBErrorType.Binder).Message;
        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.DoesNotContain("_mlp_", said, StringComparison.Ordinal);
    }
}
