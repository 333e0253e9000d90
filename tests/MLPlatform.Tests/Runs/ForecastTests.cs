using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Runs;

/// <summary>How long something will take, told from its own word and from how long it took before.</summary>
public sealed class ForecastTests
{
    [Theory]
    [InlineData("nothing is known", 10, null, "", null, null)]
    [InlineData("it has done a quarter", 10, 0.25, "", 30.0, ForecastBasis.Progress)]
    [InlineData("a thousandth is too little to count on", 10, 0.001, "", null, null)]
    [InlineData("it is done", 10, 1.0, "", 0.0, ForecastBasis.Progress)]
    [InlineData("more than all is no fraction", 10, 1.5, "", null, null)]
    [InlineData("the median of what took longer", 10, null, "5 20 30 100", 20.0, ForecastBasis.History)]
    [InlineData("between two", 10, null, "20 30", 15.0, ForecastBasis.History)]
    [InlineData("it takes longer than ever", 200, null, "5 20 30 100", null, null)]
    [InlineData("its own word counts by a quarter", 10, 0.25, "20", (0.25 * 30) + (0.75 * 10), ForecastBasis.Both)]
    [InlineData("longer than ever, but it tells how far it is", 40, 0.5, "20", 40.0, ForecastBasis.Progress)]
    public void What_is_left(string why, double took, double? fraction, string earlier, double? left, ForecastBasis? basis)
    {
        Forecast? forecast = Forecast.Of(
            TimeSpan.FromSeconds(took), fraction,
            [.. earlier.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => TimeSpan.FromSeconds(int.Parse(s, System.Globalization.CultureInfo.InvariantCulture)))]);
        Assert.True((left, basis) == (forecast?.SecondsLeft, forecast?.Basis), $"{why}: {forecast}");
    }

    [Theory]
    [InlineData("it began at six tenths and did one more in ten seconds", 15, 0.7, 30.0)]
    [InlineData("it has done nothing of its own yet", 15, 0.6, null)]
    public void A_retry_that_goes_on_from_a_checkpoint_counts_what_it_did_itself(string why, double took, double fraction, double? left)
    {
        Forecast? forecast = Forecast.Of(TimeSpan.FromSeconds(took), fraction, [], new ForecastStart(TimeSpan.FromSeconds(5), 0.6));
        Assert.True(left is null ? forecast is null : Math.Abs(left.Value - forecast!.SecondsLeft) < 1e-9, $"{why}: {forecast}");
    }
}
