using System.Globalization;
using System.Xml;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>Numbers as advice shows them.</summary>
internal static class Wording
{
    public static string Number(double value) => value.ToString(value is > 0 and < 0.1 ? "0.###" : "0.#", CultureInfo.InvariantCulture);

    public static string Percent(double part) => part.ToString("0 %", CultureInfo.InvariantCulture);

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{Number(bytes / (double)(1L << 30))} GiB",
        >= 1L << 20 => $"{Number(bytes / (double)(1L << 20))} MiB",
        _ => $"{Number(bytes / (double)(1L << 10))} KiB",
    };

    public static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => $"{Number(time.TotalDays)} d",
        { TotalHours: >= 2 } => $"{Number(time.TotalHours)} h",
        { TotalMinutes: >= 2 } => $"{Number(time.TotalMinutes)} min",
        _ => $"{Number(time.TotalSeconds)} s",
    };

    /// <summary>As pipeline files have it, rounded.</summary>
    public static string Iso(TimeSpan time) => XmlConvert.ToString(Rounded(time));

    /// <summary>Up to whole minutes, from two hours on to whole hours.</summary>
    public static TimeSpan Rounded(TimeSpan time)
    {
        TimeSpan step = time.TotalHours >= 2 ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(1);
        return step * Math.Max(1, Math.Ceiling(time / step));
    }
}
