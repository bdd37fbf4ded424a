"""The words of the synthetic corpus: invented news, put together from our own lists.

Nothing here is quoted from any page. People and bodies are made up; places are real, so that texts read like
news. Chinese is kept in Simplified characters; `traditional` spells it in the other script, character by
character, which is right for these words and for no others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "ENGLISH_TOPICS",
    "GIVEN",
    "PLACES",
    "RARE",
    "SURNAMES",
    "TOPICS",
    "Topic",
    "traditional",
]


class Topic(NamedTuple):
    """What one kind of news is about. Stories keep to two topics, so searches are selective."""

    section: str
    bodies: tuple[str, ...]
    things: tuple[str, ...]
    deeds: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _topic(section: str, bodies: str, things: str, deeds: str) -> Topic:
    return Topic(section, _words(bodies), _words(things), _words(deeds))


#: Terms that stand in exactly as many articles as the report says, and nowhere else.
RARE: Final[tuple[str, ...]] = ("琥珀灯塔", "雪豹联谊会", "青铜罗盘协议", "Kestrel Meridian")

PLACES: Final[tuple[str, ...]] = _words(
    """
    北京 上海 广州 深圳 成都 重庆 武汉 西安 南京 杭州 天津 沈阳 哈尔滨 长春 大连 青岛 济南 郑州 长沙
    昆明 贵阳 南宁 海口 福州 厦门 合肥 南昌 太原 兰州 银川 西宁 拉萨 香港 澳门 台北 高雄 东京 大阪 首尔
    釜山 新加坡 曼谷 河内 马尼拉 雅加达 吉隆坡 仰光 新德里 孟买 伊斯坦布尔 开罗 内罗毕 约翰内斯堡 莫斯科
    基辅 华沙 柏林 巴黎 伦敦 马德里 罗马 日内瓦 布鲁塞尔 斯德哥尔摩 奥斯陆 纽约 华盛顿 洛杉矶 旧金山
    多伦多 墨西哥城 圣保罗 利马 悉尼 墨尔本 奥克兰
    """
)

SURNAMES: Final[tuple[str, ...]] = tuple("王李张刘陈杨赵黄吴徐孙马朱郭何罗高林郑梁谢宋唐许邓冯韩曹曾彭")
GIVEN: Final[tuple[str, ...]] = _words(
    "文 武 明 华 国 志远 晓梅 建民 丽娟 海涛 思源 雨桐 子涵 春燕 卫东 永康 秀兰 立新 "
    "佳宁 若水 振宇 敏 静 磊 洋 慧敏 嘉诚 美玲 宏伟 玉珍"
)

TOPICS: Final[tuple[Topic, ...]] = (
    _topic(
        "world",
        "外交部 联络小组 和谈代表团 边境委员会 使节团",
        "停火线 边境口岸 和平草案 战俘名单 制裁清单 难民营 缓冲区 调停方案 领空争端",
        "重启谈判 递交照会 召回大使 撤走观察员 签署备忘录",
    ),
    _topic(
        "business",
        "财政厅 证券交易所 商会 审计署 投资基金会",
        "债券市场 出口订单 外汇储备 通货膨胀 企业年报 房贷利率 零售总额 关税税率 破产申请",
        "下调预期 公布财报 冻结账户 削减开支 推迟上市",
    ),
    _topic(
        "science",
        "天文台 航天局 基因实验室 海洋研究院 物理学会",
        "探测器 月球土壤 引力透镜 深海热泉 基因序列 粒子加速器 古生物化石 冰芯样本 射电望远镜",
        "发表论文 校准仪器 回收样本 公开数据 修正模型",
    ),
    _topic(
        "weather",
        "气象台 防汛指挥部 救援队 水文站 民政局",
        "台风路径 洪峰水位 山体滑坡 高温预警 暴雨积水 水库泄洪 临时安置点 冰雹灾情 干旱地区",
        "转移居民 关闭航道 发放帐篷 解除警报 加固堤坝",
    ),
    _topic(
        "health",
        "疾控中心 卫生署 医学院 药品监管局 社区诊所",
        "疫苗接种 流感病例 抗生素耐药 急诊床位 临床试验 慢性肾病 护士短缺 隔离措施 血液库存",
        "招募志愿者 下架药品 延长门诊 追踪接触者 采购试剂",
    ),
    _topic(
        "education",
        "教育厅 招生办公室 学生会 师范大学 家长委员会",
        "高考试卷 乡村学校 奖学金名额 课后辅导 双语教材 毕业论文 校园食堂 宿舍改造 图书馆藏书",
        "修改课程 扩大招生 取消考试 聘请教师 调查作弊",
    ),
    _topic(
        "technology",
        "芯片厂 软件联盟 通信管理局 数据中心 网络安全公司",
        "人工智能 半导体设备 量子计算机 光纤网络 操作系统 手机应用 加密算法 自动驾驶 无人机航线",
        "修补漏洞 开放源码 停售产品 申请专利 封锁网站",
    ),
    _topic(
        "sport",
        "足球协会 奥林匹克筹备组 田径队 裁判委员会 体育俱乐部",
        "马拉松比赛 乒乓球公开赛 转会费用 兴奋剂检测 决赛门票 羽毛球双打 冰球联赛 篮球教练 游泳纪录",
        "更换主帅 取消资格 打破纪录 租借球员 延期开赛",
    ),
    _topic(
        "culture",
        "美术馆 交响乐团 出版社 电影节组委会 文物局",
        "青花瓷器 戏曲剧本 纪录片 古籍修复 当代雕塑 诗歌朗诵 民间剪纸 壁画颜料 音乐专辑",
        "举办回顾展 追讨文物 获颁奖项 删去片段 重印旧作",
    ),
    _topic(
        "law",
        "高等法院 检察院 律师协会 仲裁庭 警务处",
        "上诉案件 假释听证 证人保护 诽谤诉讼 版权纠纷 走私团伙 监狱探视 保释金额 陪审员名单",
        "驳回上诉 提起公诉 撤销判决 传唤证人 查封仓库",
    ),
    _topic(
        "transport",
        "铁路局 民航局 港务公司 地铁集团 海事处",
        "高铁线路 跨海大桥 货轮航班 机场跑道 地铁延误 集装箱码头 公交票价 铁轨裂缝 渡轮班次",
        "调整时刻表 检修轨道 停运列车 扩建航站楼 追查黑匣子",
    ),
    _topic(
        "energy",
        "电网公司 核电站 石油公司 能源署 水电站",
        "天然气管道 太阳能电池 风力涡轮 煤炭价格 电力缺口 核废料 储能电站 油田产量 充电桩",
        "限制用电 关闭反应堆 铺设电缆 提高油价 进口煤炭",
    ),
    _topic(
        "agriculture",
        "农业厅 粮食局 渔民协会 种子公司 畜牧站",
        "水稻产量 大豆进口 非洲猪瘟 蝗虫灾害 茶叶拍卖 苹果滞销 渔船禁令 土壤污染 化肥补贴",
        "收购余粮 扑杀病猪 更换种子 放宽配额 修建水渠",
    ),
    _topic(
        "environment",
        "环保组织 林业局 野生动物保护站 碳交易所 湿地公园",
        "候鸟迁徙 珊瑚白化 森林大火 塑料垃圾 碳排放量 地下水位 雪山冰川 穿山甲贩运 空气质量",
        "起诉工厂 放归幼兽 种植红树 公布名录 拆除水坝",
    ),
    _topic(
        "society",
        "工会 慈善总会 社区居委会 养老院 妇女联合会",
        "最低工资 外卖骑手 独居老人 出生人口 退休年龄 流浪儿童 租房合同 家庭暴力 残疾人通道",
        "发起募捐 罢工抗议 上调津贴 增设热线 安排调解",
    ),
    _topic(
        "media",
        "记者协会 电视台 新闻审查办公室 通讯社 广播公司",
        "新闻自由 直播信号 采访许可 假消息 匿名信源 社交账号 报纸停刊 网络评论 播客节目",
        "吊销执照 更正报道 删除帖子 驱逐记者 公开录音",
    ),
    _topic(
        "politics",
        "议会 选举委员会 反对党 市政府 监察机构",
        "补选结果 宪法草案 预算法案 不信任动议 竞选捐款 选区划分 公民投票 廉政调查 内阁名单",
        "提前选举 弹劾部长 通过法案 重新计票 组建联盟",
    ),
    _topic(
        "military",
        "国防部 海军基地 空军司令部 军工企业 维和部队",
        "航空母舰 导弹试射 军费开支 潜艇巡航 雷达站 联合演习 退役战机 弹药库 征兵名额",
        "举行演习 拦截飞机 部署导弹 撤出基地 测试火箭",
    ),
)

ENGLISH_TOPICS: Final[tuple[Topic, ...]] = tuple(
    Topic(section, tuple(bodies.split(";")), tuple(things.split(";")), tuple(deeds.split(";")))
    for section, bodies, things, deeds in (
        (
            "environment",
            "the river commission;a forestry bureau;the wetland trust;two coastal counties",
            "a dam licence;the salmon count;groundwater levels;a wildfire map;the reef survey",
            "halted the dredging;published its register;planted new mangroves;sued the smelter",
        ),
        (
            "labour",
            "the dockers' union;a couriers' collective;the pensions office;a garment workers' guild",
            "the minimum wage;an overtime ruling;the retirement age;a safety audit;shift rosters",
            "called a strike;won an appeal;opened a hotline;rejected the offer",
        ),
        (
            "technology",
            "a chip foundry;the data regulator;an open source foundation;the telecoms board",
            "an export licence;the undersea cable;a leaked database;facial recognition;a satellite launch",
            "patched the flaw;froze the tender;released its source code;filed a patent",
        ),
        (
            "culture",
            "the city orchestra;a provincial museum;the film archive;an independent press",
            "a lost manuscript;the touring exhibition;temple murals;a banned novel;shadow puppets",
            "reopened its doors;returned the bronzes;cancelled the premiere;reissued the catalogue",
        ),
    )
)

_SIMPLIFIED: Final = (
    "万与专业东临为丽举乐习乡书买争于产从仓仪价会伟传伦体余债储儿党兰关兴养兽内写军农冯冲决冻准减划刘"
    "删剂剧办务动区医华协单卖卫厂厅厦双发叶号后听启吴员周响唤团园围国图圣场坝处备复头奋奖奥妇孙学"
    "宁实审宪宽对导将尔岛帅师帐干广庆库应废开张弹归当录征径忆总恶愿戏战户扑执扩护报担拦挥换据数无旧时"
    "显晓术机杀权来杨构标树样桥桩检楼残毕气汇汉沈没泄测济涛涡渔温湿滞滨潜灯灾点热独狱猪环电画监盘矶码"
    "确离种积称税竞筹签篮粮纠红纤约纪纷纸纽线练组织经结绕络统继续维缆缓编缝网罗罢联肾胀舰节苹范药获营"
    "萨虫补装见观视触计订认讨议讯记许论讼设访证评诉诊试诗诚话语误说诵请诽课调谈谊谢谤负财责账货质贩购"
    "贴贵贷费资赛赵踪车轨转轮软辅辑边达迁过运还这进远连迟选递邓郑采释铁铜银铺销锁镜长门闭间闻阁队阳陆"
    "陈难静韩项顾顿颁预领题颜额风飞馆马驱驳驶驾验骑鲁鸟黄龄"
)
_TRADITIONAL: Final = (
    "萬與專業東臨為麗舉樂習鄉書買爭於產從倉儀價會偉傳倫體餘債儲兒黨蘭關興養獸內寫軍農馮衝決凍準減劃劉"
    "刪劑劇辦務動區醫華協單賣衛廠廳廈雙發葉號後聽啟吳員週響喚團園圍國圖聖場壩處備復頭奮獎奧婦孫學"
    "寧實審憲寬對導將爾島帥師帳乾廣慶庫應廢開張彈歸當錄徵徑憶總惡願戲戰戶撲執擴護報擔攔揮換據數無舊時"
    "顯曉術機殺權來楊構標樹樣橋樁檢樓殘畢氣匯漢瀋沒洩測濟濤渦漁溫濕滯濱潛燈災點熱獨獄豬環電畫監盤磯碼"
    "確離種積稱稅競籌簽籃糧糾紅纖約紀紛紙紐線練組織經結繞絡統繼續維纜緩編縫網羅罷聯腎脹艦節蘋範藥獲營"
    "薩蟲補裝見觀視觸計訂認討議訊記許論訟設訪證評訴診試詩誠話語誤說誦請誹課調談誼謝謗負財責賬貨質販購"
    "貼貴貸費資賽趙蹤車軌轉輪軟輔輯邊達遷過運還這進遠連遲選遞鄧鄭採釋鐵銅銀鋪銷鎖鏡長門閉間聞閣隊陽陸"
    "陳難靜韓項顧頓頒預領題顏額風飛館馬驅駁駛駕驗騎魯鳥黃齡"
)
_TO_TRADITIONAL: Final = str.maketrans(_SIMPLIFIED + "“”", _TRADITIONAL + "「」")


def traditional(text: str) -> str:
    """The same words in Traditional characters and quotation marks; meant for this corpus's words only."""
    return text.translate(_TO_TRADITIONAL)
