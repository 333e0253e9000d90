using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine.Promotions;

/// <summary>How promotions between pools are looked after; section <c>Promotions</c>.</summary>
public sealed class PromotionOptions
{
    /// <summary>Pause between looks. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan Recheck { get; set; } = TimeSpan.FromMinutes(1);
}
