using System.Collections;
using System.Runtime.CompilerServices;
using Xunit;

namespace MLPlatform.IntegrationTests;

/// <summary>Waits for what nobody tells of by looking again and again; where it gives up it says what it waited for and what it saw last.</summary>
internal static class Eventually
{
    /// <summary>How long it looks unless told otherwise: only a test that fails waits so long, however busy the machine is.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int LastItems = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What is seen, once it is as wanted.</summary>
    /// <param name="what">What is waited for, as the end of a sentence.</param>
    /// <param name="look">Looks.</param>
    /// <param name="isIt">Whether that is it.</param>
    /// <param name="patience">How long to look at the least; null: <see cref="Patience"/>.</param>
    public static async Task<T> SeeAsync<T>(string what, Func<Task<T>> look, Func<T, bool> isIt, TimeSpan? patience = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            // Asked before the look: whatever came by then is seen.
            TimeSpan waited = TimeProvider.System.GetElapsedTime(began);
            T seen = await look();
            if (isIt(seen))
                return seen;
            if (waited >= (patience ?? Patience))
                Assert.Fail(FormattableString.Invariant($"waited {waited.TotalSeconds:0} s for {what}; last seen: {Tell(seen)}"));
            await Task.Delay(Pause, cancel);
        }
    }

    /// <inheritdoc cref="SeeAsync{T}(string, Func{Task{T}}, Func{T, bool}, TimeSpan?)"/>
    public static Task<T> SeeAsync<T>(string what, Func<T> look, Func<T, bool> isIt, TimeSpan? patience = null) =>
        SeeAsync(what, () => Task.FromResult(look()), isIt, patience);

    /// <summary>Waits until a condition holds; where it gives up it says the condition as the test has it.</summary>
    public static Task IsSoAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") => SeeAsync(what, condition, so => so);

    /// <inheritdoc cref="IsSoAsync(Func{Task{bool}}, string)"/>
    public static Task IsSoAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") => SeeAsync(what, condition, so => so);

    private static string Tell(object? seen)
    {
        if (seen is string or not IEnumerable)
            return seen?.ToString() ?? "nothing";
        object?[] items = [.. ((IEnumerable)seen).Cast<object?>()];
        string more = items.Length > LastItems ? "…, " : "";
        return $"{items.Length} of them [{more}{string.Join(", ", items.TakeLast(LastItems))}]";
    }
}
